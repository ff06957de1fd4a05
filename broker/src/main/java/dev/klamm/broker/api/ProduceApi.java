package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator;
import dev.klamm.log.AppendResult;
import dev.klamm.log.AppendResult.Appended;
import dev.klamm.log.AppendResult.Duplicate;
import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.AppendResult.Rejected;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.Origin;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Produce, versions 3 to 13 (ApiVersions announces 0, as Kafka does for old librdkafka).
 *
 * <p>Appends on the connection's thread; the answer then waits for the journal once, for the greatest lsn of all
 * partitions, while the connection reads on. {@code acks=1} waits until the records are written, {@code acks=all} until
 * they are synced, except for topics whose {@code flush.messages} is above 1 and which ask for no more than Kafka gives.
 *
 * <p>The first batch of a transaction in a log is appended once the coordinator has the partition ({@link
 * TransactionalWrites}).
 *
 * <p>Left out: throttling, since there are no quotas yet. {@code min.insync.replicas} needs no check: Kafka 4.3 takes it as no
 * more than the replicas a partition has, which is one.
 */
public final class ProduceApi implements Api<ProduceRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(ProduceApi.class);

    private static final short ACKS_NONE = 0;
    private static final short ACKS_ALL = -1;

    /** From here on the protocol has zstd (KIP-110). */
    private static final short FIRST_VERSION_WITH_ZSTD = 7;

    /** The low byte of a batch's attributes, and its bits that say how it is compressed. */
    private static final int COMPRESSION_POSITION = 22;

    private static final int COMPRESSION_MASK = 0b111;

    /** From here on topics are named by their ids (KIP-516). */
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

    /** By which Kafka's admin client may write to internal topics. */
    private static final String ADMIN_CLIENT_ID = "__admin_client";

    private final Topics topics;
    private final Logs logs;
    private final TransactionCoordinator transactions;

    public ProduceApi(Topics topics, Logs logs, TransactionCoordinator transactions) {
        this.topics = topics;
        this.logs = logs;
        this.transactions = transactions;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.PRODUCE;
    }

    @Override
    public Answer handle(ProduceRequestData request, RequestContext context) throws InterruptedException {
        var appends = new Appends(request.acks());
        TransactionalWrites writes = verified(request, context);
        for (TopicProduceData topic : request.topicData()) {
            var topicResponse = new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
            for (PartitionProduceData partition : topic.partitionData()) {
                PartitionProduceResponse response = append(topic, partition, context, writes, appends);
                topicResponse.partitionResponses().add(response.setIndex(partition.index()));
            }
            appends.response.responses().add(topicResponse);
        }
        return answer(appends, request.timeoutMs());
    }

    /** What the transactions' coordinator says of the writes that are part of one. */
    private TransactionalWrites verified(ProduceRequestData request, RequestContext context)
            throws InterruptedException {
        var writes = new TransactionalWrites(transactions, request.transactionalId(), context.apiVersion());
        for (TopicProduceData topic : request.topicData()) {
            for (PartitionProduceData partition : topic.partitionData()) {
                if (TransactionalWrites.isTransactional(partition)) {
                    find(topic, context)
                            .filter(known -> mayWrite(known.name(), context))
                            .ifPresent(known -> topics.log(known.id(), partition.index())
                                    .ifPresent(log -> writes.add(known, partition, log)));
                }
            }
        }
        writes.verify();
        return writes;
    }

    private Optional<dev.klamm.broker.topic.Topic> find(TopicProduceData topic, RequestContext context) {
        return context.apiVersion() >= FIRST_VERSION_WITH_TOPIC_IDS
                ? topics.byId(topic.topicId())
                : topics.byName(topic.name());
    }

    private static boolean mayWrite(String topic, RequestContext context) {
        return !Topic.isInternal(topic) || context.clientId().equals(ADMIN_CLIENT_ID);
    }

    private PartitionProduceResponse append(
            TopicProduceData topic,
            PartitionProduceData partition,
            RequestContext context,
            TransactionalWrites writes,
            Appends appends) {
        boolean isById = context.apiVersion() >= FIRST_VERSION_WITH_TOPIC_IDS;
        var known = find(topic, context);
        if (known.isEmpty()) {
            return appends.refused(isById ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        String name = known.get().name();
        // By id: a topic of the same name may have taken the place of this one by now.
        Optional<PartitionLog> log = topics.log(known.get().id(), partition.index());
        if (log.isEmpty()) {
            return appends.refused(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (!(partition.records() instanceof MemoryRecords records)) {
            return appends.refused(Errors.INVALID_RECORD);
        }
        if (context.apiVersion() < FIRST_VERSION_WITH_ZSTD && isZstd(records)) {
            return appends.refused(Errors.UNSUPPORTED_COMPRESSION_TYPE);
        }
        if (!appends.hasValidAcks()) {
            return appends.refused(Errors.INVALID_REQUIRED_ACKS);
        }
        if (!mayWrite(name, context)) {
            return appends.refused(Errors.INVALID_TOPIC_EXCEPTION);
        }
        if (writes.error(partition) != Errors.NONE) {
            return appends.refused(writes.error(partition));
        }
        AppendResult result = log.get().append(records.buffer(), Origin.CLIENT, writes.ticket(partition));
        if (result instanceof Rejected rejected) {
            // A disk that is full or failing has said so, once; clients come again ten times a second.
            Level level = rejected.reason() == Reason.KAFKA_STORAGE_ERROR ? Level.DEBUG : Level.INFO;
            LOG.atLevel(level)
                    .log(
                            "Refused records of {} ({}) for {}: {}, {}",
                            context.peer(),
                            context.clientId(),
                            log.get().id(),
                            rejected.reason(),
                            rejected.message());
        }
        return isById && log.get().isDeleted() && result instanceof Rejected
                ? appends.refused(Errors.UNKNOWN_TOPIC_ID)
                : appends.done(log.get(), result);
    }

    /** Of the first batch, which nobody has checked yet. */
    private static boolean isZstd(MemoryRecords records) {
        ByteBuffer batch = records.buffer();
        return batch.remaining() > COMPRESSION_POSITION
                && (batch.get(batch.position() + COMPRESSION_POSITION) & COMPRESSION_MASK) == CompressionType.ZSTD.id;
    }

    private Answer answer(Appends appends, int timeoutMs) {
        if (appends.acks == ACKS_NONE) {
            // The producer hears nothing; a closed connection tells it that something went wrong.
            return appends.firstError == Errors.NONE
                    ? new Answer.None()
                    : new Answer.Close("a produce with acks=0 failed: " + appends.firstError);
        }
        return appends.hasAppended()
                ? new Answer.Later(() -> await(appends, timeoutMs))
                : new Answer.Now(appends.response);
    }

    /** After the producer's timeout it is told so, as by Kafka; that happens when the journal waits for a full disk. */
    private ProduceResponseData await(Appends appends, int timeoutMs) throws InterruptedException {
        try {
            boolean isDone = true;
            if (appends.lsnToSync != Appends.NO_LSN) {
                isDone = logs.awaitSynced(appends.lsnToSync, timeoutMs);
            }
            if (appends.lsnToWrite > appends.lsnToSync) {
                isDone &= logs.awaitWritten(appends.lsnToWrite, timeoutMs);
            }
            if (!isDone) {
                appends.fail(Errors.REQUEST_TIMED_OUT);
            }
        } catch (Logs.JournalFailedException e) {
            appends.fail(Errors.KAFKA_STORAGE_ERROR);
        }
        return appends.response;
    }

    /** What has become of a request so far. */
    private static final class Appends {
        static final long NO_LSN = -1;

        final short acks;
        final ProduceResponseData response = new ProduceResponseData();
        Errors firstError = Errors.NONE;
        long lsnToWrite = NO_LSN;
        long lsnToSync = NO_LSN;

        Appends(short acks) {
            this.acks = acks;
        }

        boolean hasValidAcks() {
            return acks >= -1 && acks <= 1;
        }

        boolean hasAppended() {
            return lsnToWrite != NO_LSN || lsnToSync != NO_LSN;
        }

        PartitionProduceResponse done(PartitionLog log, AppendResult result) {
            return switch (result) {
                case Appended appended -> {
                    waitFor(log, appended.lsn());
                    yield accepted(appended.baseOffset(), appended.logAppendTimeMs(), appended.logStartOffset());
                }
                case Duplicate duplicate -> {
                    waitFor(log, duplicate.lsn());
                    yield accepted(duplicate.baseOffset(), duplicate.logAppendTimeMs(), duplicate.logStartOffset());
                }
                case Rejected rejected -> rejected(rejected, log.logStartOffset());
            };
        }

        private void waitFor(PartitionLog log, long lsn) {
            if (acks == ACKS_ALL && log.isDurable()) {
                lsnToSync = Math.max(lsnToSync, lsn);
            } else {
                lsnToWrite = Math.max(lsnToWrite, lsn);
            }
        }

        private static PartitionProduceResponse accepted(long baseOffset, long logAppendTimeMs, long logStartOffset) {
            return new PartitionProduceResponse()
                    .setBaseOffset(baseOffset)
                    .setLogAppendTimeMs(logAppendTimeMs)
                    .setLogStartOffset(logStartOffset);
        }

        private PartitionProduceResponse rejected(Rejected rejected, long logStartOffset) {
            PartitionProduceResponse response = refused(AppendErrors.of(rejected.reason()))
                    .setLogStartOffset(logStartOffset)
                    .setErrorMessage(rejected.message());
            for (AppendResult.RecordError error : rejected.recordErrors()) {
                response.recordErrors()
                        .add(new BatchIndexAndErrorMessage()
                                .setBatchIndex(error.batchIndex())
                                .setBatchIndexErrorMessage(error.message()));
            }
            return response;
        }

        PartitionProduceResponse refused(Errors error) {
            firstError = firstError == Errors.NONE ? error : firstError;
            return refusal(error);
        }

        private static PartitionProduceResponse refusal(Errors error) {
            return new PartitionProduceResponse().setErrorCode(error.code()).setBaseOffset(-1);
        }

        /** Nothing that was appended may be acknowledged. */
        void fail(Errors error) {
            for (TopicProduceResponse topic : response.responses()) {
                topic.partitionResponses()
                        .replaceAll(partition -> partition.errorCode() == Errors.NONE.code()
                                ? refusal(error).setIndex(partition.index())
                                : partition);
            }
        }
    }
}
