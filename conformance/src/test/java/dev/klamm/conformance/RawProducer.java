package dev.klamm.conformance;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransactionCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResultCollection;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a transactional producer, in any version and with any epoch, also where a client would not send them; each
 * is noted with its answer. A producer id is called "its own" or "another", since it is never the same on two brokers.
 */
final class RawProducer {
    private final Stage stage;
    private final String transactionalId;
    long producerId = -1;
    short epoch = -1;

    RawProducer(Stage stage, String transactionalId) {
        this.stage = stage;
        this.transactionalId = transactionalId;
    }

    /** As one that begins: takes over the id and epoch of the answer. */
    RawProducer init(int version) {
        var answer = init(version, -1, -1);
        if (answer.errorCode() == 0) {
            producerId = answer.producerId();
            epoch = answer.producerEpoch();
        }
        return this;
    }

    InitProducerIdResponseData init(int version, long withId, int withEpoch) {
        var request = new InitProducerIdRequestData()
                .setTransactionalId(transactionalId)
                .setTransactionTimeoutMs(60_000)
                .setProducerId(withId)
                .setProducerEpoch((short) withEpoch);
        var answer = new InitProducerIdResponseData();
        stage.noteAnswer("init v" + version + " with epoch " + withEpoch, () -> {
            stage.wire().ask(request, version, answer);
            return Errors.forCode(answer.errorCode()) + ", id " + name(answer.producerId()) + ", epoch "
                    + answer.producerEpoch();
        });
        return answer;
    }

    /** Versions up to 3, as clients send it. */
    RawProducer add(int version, int withEpoch, TopicPartition... partitions) {
        var request = new AddPartitionsToTxnRequestData()
                .setV3AndBelowTransactionalId(transactionalId)
                .setV3AndBelowProducerId(producerId)
                .setV3AndBelowProducerEpoch((short) withEpoch)
                .setV3AndBelowTopics(topics(partitions));
        stage.noteAnswer(
                "add v" + version + " " + List.of(partitions) + " with epoch " + withEpoch,
                () -> errors(stage.wire()
                        .ask(request, version, new AddPartitionsToTxnResponseData())
                        .resultsByTopicV3AndBelow()));
        return this;
    }

    /** Versions from 4 on, as brokers send it. */
    RawProducer addFromBroker(int version, boolean isVerifyOnly, int withEpoch, TopicPartition... partitions) {
        var transactions = new AddPartitionsToTxnTransactionCollection();
        transactions.add(new AddPartitionsToTxnTransaction()
                .setTransactionalId(transactionalId)
                .setProducerId(producerId)
                .setProducerEpoch((short) withEpoch)
                .setVerifyOnly(isVerifyOnly)
                .setTopics(topics(partitions)));
        var request = new AddPartitionsToTxnRequestData().setTransactions(transactions);
        String what = (isVerifyOnly ? "verify v" : "add v") + version;
        stage.noteAnswer(what + " " + List.of(partitions) + " with epoch " + withEpoch, () -> {
            var answer = stage.wire().ask(request, version, new AddPartitionsToTxnResponseData());
            return Errors.forCode(answer.errorCode())
                    + answer.resultsByTransaction().stream()
                            .map(it -> errors(it.topicResults()))
                            .toList()
                            .toString();
        });
        return this;
    }

    private static AddPartitionsToTxnTopicCollection topics(TopicPartition... partitions) {
        var topics = new AddPartitionsToTxnTopicCollection();
        for (TopicPartition partition : partitions) {
            topics.add(new AddPartitionsToTxnTopic()
                    .setName(partition.topic())
                    .setPartitions(List.of(partition.partition())));
        }
        return topics;
    }

    private static String errors(AddPartitionsToTxnTopicResultCollection results) {
        return results.stream()
                .map(topic -> topic.name() + " "
                        + Errors.forCode(topic.resultsByPartition().stream()
                                .findFirst()
                                .orElseThrow()
                                .partitionErrorCode()))
                .sorted()
                .toList()
                .toString();
    }

    RawProducer produce(int version, TopicPartition to, int withEpoch, int sequence) {
        return produce(version, transactionalId, to, withEpoch, sequence);
    }

    /** One record in a transactional batch; the request may name another transaction, or none. */
    RawProducer produce(int version, @Nullable String asTransaction, TopicPartition to, int withEpoch, int sequence) {
        var records = MemoryRecords.withTransactionalRecords(
                Compression.NONE,
                producerId,
                (short) withEpoch,
                sequence,
                new SimpleRecord("raw".getBytes(StandardCharsets.UTF_8)));
        return produce(version, asTransaction, to, records, "epoch " + withEpoch + " and sequence " + sequence);
    }

    RawProducer produce(
            int version, @Nullable String asTransaction, TopicPartition to, MemoryRecords records, String what) {
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName(to.topic())
                .setPartitionData(List.of(
                        new PartitionProduceData().setIndex(to.partition()).setRecords(records))));
        var request = new ProduceRequestData()
                .setTransactionalId(asTransaction)
                .setAcks((short) -1)
                .setTimeoutMs(30_000)
                .setTopicData(topics);
        stage.noteAnswer("produce v" + version + " to " + to + " as " + asTransaction + " with " + what, () -> {
            var answer = stage.wire().ask(request, version, new ProduceResponseData()).responses().stream()
                    .findFirst()
                    .orElseThrow()
                    .partitionResponses()
                    .getFirst();
            return Errors.forCode(answer.errorCode()) + " at " + answer.baseOffset();
        });
        return this;
    }

    /** Takes over the id and epoch of the answer, as of version 5 there are some. */
    RawProducer end(int version, boolean isCommit) {
        var answer = end(version, isCommit, producerId, epoch);
        if (version >= 5 && answer.errorCode() == 0) {
            producerId = answer.producerId();
            epoch = answer.producerEpoch();
        }
        stage.settle();
        return this;
    }

    EndTxnResponseData end(int version, boolean isCommit, long withId, int withEpoch) {
        var request = new EndTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(withId)
                .setProducerEpoch((short) withEpoch)
                .setCommitted(isCommit);
        var answer = new EndTxnResponseData();
        stage.noteAnswer((isCommit ? "commit v" : "abort v") + version + " with epoch " + withEpoch, () -> {
            stage.wire().ask(request, version, answer);
            return Errors.forCode(answer.errorCode()) + ", id " + name(answer.producerId()) + ", epoch "
                    + answer.producerEpoch();
        });
        return answer;
    }

    RawProducer addOffsets(int version, String group, int withEpoch) {
        var request = new AddOffsetsToTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producerId)
                .setProducerEpoch((short) withEpoch)
                .setGroupId(group);
        stage.noteAnswer(
                "add offsets v" + version + " with epoch " + withEpoch,
                () -> Errors.forCode(stage.wire()
                                .ask(request, version, new AddOffsetsToTxnResponseData())
                                .errorCode())
                        .toString());
        return this;
    }

    RawProducer commitOffset(int version, String group, int withEpoch, TopicPartition of, long offset) {
        var partition = new TxnOffsetCommitRequestPartition()
                .setPartitionIndex(of.partition())
                .setCommittedOffset(offset);
        var request = new TxnOffsetCommitRequestData()
                .setTransactionalId(transactionalId)
                .setGroupId(group)
                .setProducerId(producerId)
                .setProducerEpoch((short) withEpoch)
                .setTopics(List.of(
                        new TxnOffsetCommitRequestTopic().setName(of.topic()).setPartitions(List.of(partition))));
        stage.noteAnswer(
                "commit offset " + offset + " v" + version + " with epoch " + withEpoch,
                () -> Errors.forCode(
                                stage.wire().ask(request, version, new TxnOffsetCommitResponseData()).topics().stream()
                                        .findFirst()
                                        .orElseThrow()
                                        .partitions()
                                        .getFirst()
                                        .errorCode())
                        .toString());
        return this;
    }

    private String name(long id) {
        return id < 0 ? "none" : id == producerId ? "its own" : "another";
    }
}
