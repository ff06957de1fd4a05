package dev.klamm.broker.api;

import dev.klamm.log.ReadResult;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/** Records on their way from the log into an answer: the connection sends them from where they are, without a copy. */
public record FetchedRecords(ReadResult.Records records) implements BaseRecords {

    @Override
    public int sizeInBytes() {
        return records.sizeBytes();
    }

    /** Not supported: Kafka's own network layer would call this, ours takes {@link #records}. */
    @Override
    public RecordsSend<? extends BaseRecords> toSend() {
        throw new UnsupportedOperationException("records are sent by ResponseFrame, straight from the log");
    }
}
