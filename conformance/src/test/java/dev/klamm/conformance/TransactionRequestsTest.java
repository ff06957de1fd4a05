package dev.klamm.conformance;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** What only a late, an older or a wrong client sends. */
@ComparedWithKafka
final class TransactionRequestsTest {
    private static final int LAST_ADDING = 11;
    private static final int NEWEST = 12;

    private final Comparison both;

    TransactionRequestsTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    @Test
    void aWriteAfterTheEndOfItsTransactionIsRefused() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            RawProducer producer =
                    raw(stage).init(5).produce(NEWEST, topic, 0, 0).end(5, true);
            producer.produce(NEWEST, topic, 0, 1).produce(LAST_ADDING, topic, 0, 1);
            stage.reads();
            // The next transaction of the same producer, and a late write while it is open.
            producer.produce(NEWEST, topic, producer.epoch, 0).produce(NEWEST, topic, 0, 1);
            producer.end(5, false);
            stage.producersOf(topic);
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void aLateWriteOfAnOlderClientIsRefused() {
        both.play(stage -> {
            List<TopicPartition> topic = stage.topic("topic", 2, Map.of());
            RawProducer producer = raw(stage).init(4);
            producer.produce(LAST_ADDING, topic.get(0), 0, 0);
            producer.add(3, 0, topic.get(0)).produce(LAST_ADDING, topic.get(0), 0, 0);
            producer.produce(LAST_ADDING, topic.get(1), 0, 0);
            producer.end(4, true);
            producer.produce(LAST_ADDING, topic.get(0), 0, 1).produce(LAST_ADDING, topic.get(1), 0, 0);
            producer.add(3, 0, topic.get(1)).produce(LAST_ADDING, topic.get(0), 0, 1);
            producer.produce(LAST_ADDING, topic.get(1), 0, 0).end(4, false);
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void theEndIsAskedForTwice() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            RawProducer producer = raw(stage).init(5);
            producer.end(5, true, producer.producerId, 0);
            producer.end(5, false, producer.producerId, 0);
            producer.init(5).produce(NEWEST, topic, producer.epoch, 0);
            long id = producer.producerId;
            short epoch = producer.epoch;
            producer.end(5, true);
            producer.end(5, true, id, epoch);
            producer.end(5, false, id, epoch);
            producer.end(5, true, producer.producerId, producer.epoch);
            producer.end(5, false, producer.producerId, producer.epoch);
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void theEndIsAskedForTwiceByAnOlderClient() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            RawProducer producer = raw(stage).init(4);
            producer.end(4, true).end(4, false);
            producer.add(3, 0, topic).end(4, true).end(4, true).end(4, false);
            producer.add(3, producer.epoch, topic).end(4, false).end(4, false).end(4, true);
            stage.describes();
            stage.reads();
        });
    }

    @Test
    void theEndIsAskedForByTheWrongOne() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            RawProducer unknown = new RawProducer(stage, stage.transactionalId("unknown"));
            unknown.end(5, true, 4711, 0);
            RawProducer producer = raw(stage).init(5).init(5).add(3, 1, topic);
            for (int version : new int[] {0, 1, 2, 4, 5}) {
                producer.end(version, true, producer.producerId, 0);
                producer.end(version, true, producer.producerId, 5);
                producer.end(version, true, producer.producerId + 1_000_000, 1);
            }
            producer.end(5, false);
            stage.describes();
        });
    }

    @Test
    void producerIdsAreAskedForWithEpochs() {
        both.play(stage -> {
            RawProducer producer = raw(stage).init(0).init(1).init(5);
            long id = producer.producerId;
            producer.init(3, id, 0);
            producer.init(4, id, 0);
            producer.init(5, id, 2);
            // Asked for again, since the answer was lost.
            producer.init(5, id, 2);
            producer.init(5, id, 3);
            producer.init(5, id, 9);
            producer.init(5, id + 1_000_000, 3);
            producer.init(5, id, -1);
            producer.init(5, -1, 3);
            new RawProducer(stage, stage.transactionalId("unknown")).init(5, id, 0);
            new RawProducer(stage, "").init(5);
            stage.describes();
            for (int timeoutMs : new int[] {0, -1, 900_000, 900_001}) {
                var request = new InitProducerIdRequestData()
                        .setTransactionalId(stage.transactionalId("timed"))
                        .setTransactionTimeoutMs(timeoutMs);
                stage.noteAnswer(
                        "time-out " + timeoutMs,
                        () -> Errors.forCode(stage.wire()
                                        .ask(request, 4, new InitProducerIdResponseData())
                                        .errorCode())
                                .toString());
            }
        });
    }

    @Test
    void partitionsAreAddedByTheWrongOne() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            var missing = new TopicPartition(stage.name("missing"), 0);
            var noPartition = new TopicPartition(topic.topic(), 7);
            RawProducer producer = raw(stage).init(4).init(4);
            for (int version : new int[] {0, 1, 2, 3}) {
                producer.add(version, 0, topic).add(version, 9, topic);
            }
            producer.add(3, 1, topic, missing).add(3, 1, topic, noPartition);
            stage.describes();
            new RawProducer(stage, stage.transactionalId("unknown")).add(3, 0, topic);
            producer.addFromBroker(4, true, 1, topic).addFromBroker(5, true, 1, topic);
            producer.addFromBroker(4, false, 1, topic).addFromBroker(4, true, 1, topic);
            producer.addFromBroker(5, true, 0, topic).addFromBroker(5, true, 1, topic, missing);
            stage.describes();
            producer.end(4, true);
            producer.addFromBroker(4, true, producer.epoch, topic).addFromBroker(5, true, producer.epoch, topic);
            stage.describes();
        });
    }

    @Test
    void offsetsAreCommittedByTheWrongOne() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            String group = stage.name("group");
            RawProducer producer = raw(stage).init(4).init(4);
            producer.addOffsets(1, group, 0).addOffsets(2, group, 0).addOffsets(4, group, 9);
            producer.addOffsets(4, "", 1);
            for (int version : new int[] {0, 3, 4}) {
                producer.commitOffset(version, group, 1, topic, version);
            }
            producer.commitOffset(5, group, 0, topic, 5).commitOffset(5, group, 9, topic, 5);
            producer.addOffsets(4, group, 1);
            for (int version : new int[] {0, 2, 3, 4, 5}) {
                producer.commitOffset(version, group, 1, topic, 10 + version);
                producer.commitOffset(version, group, 0, topic, 20 + version);
            }
            stage.describes();
            producer.end(4, true);
            stage.committed(group, topic);
            producer.commitOffset(4, group, producer.epoch, topic, 30);
            stage.committed(group, topic);
            new RawProducer(stage, stage.transactionalId("unknown"))
                    .addOffsets(4, group, 0)
                    .commitOffset(4, group, 0, topic, 40)
                    .commitOffset(5, group, 0, topic, 50);
            stage.committed(group, topic);
        });
    }

    @Test
    void batchesThatDoNotFitTheirTransaction() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            RawProducer producer = raw(stage).init(4);
            producer.add(3, 0, topic);
            producer.produce(LAST_ADDING, null, topic, 0, 0);
            producer.produce(LAST_ADDING, stage.name("other"), topic, 0, 0);
            producer.produce(NEWEST, stage.transactionalId("other"), topic, 0, 0);
            var plain = MemoryRecords.withRecords(
                    Compression.NONE, new SimpleRecord("plain".getBytes(StandardCharsets.UTF_8)));
            producer.produce(LAST_ADDING, stage.name("tx"), topic, plain, "a record of no transaction");
            var marker = MemoryRecords.withEndTransactionMarker(
                    producer.producerId, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0));
            producer.produce(LAST_ADDING, stage.name("tx"), topic, marker, "a marker");
            producer.produce(LAST_ADDING, topic, 0, 0).produce(LAST_ADDING, topic, 0, 0);
            producer.produce(LAST_ADDING, topic, 0, 2).produce(LAST_ADDING, topic, 3, 0);
            producer.produce(LAST_ADDING, topic, 0, 1);
            stage.producersOf(topic);
            producer.end(4, true);
            stage.reads();
        });
    }

    @Test
    void markersAreWrittenByHand() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            RawProducer producer = raw(stage).init(4).init(4).add(3, 1, topic).produce(LAST_ADDING, topic, 1, 0);
            var missing = new TopicPartition(stage.name("missing"), 0);
            writes(stage, topic, producer.producerId, 0, 0, false);
            writes(stage, missing, producer.producerId, 1, 0, false);
            stage.reads();
            writes(stage, topic, producer.producerId, 1, 0, false);
            stage.reads();
            writes(stage, topic, producer.producerId, 1, 0, true);
            stage.producersOf(topic);
            producer.produce(LAST_ADDING, topic, 1, 1).end(4, true);
            stage.reads();
            // From a coordinator that was replaced.
            writes(stage, topic, producer.producerId, 1, 5, false);
            writes(stage, topic, producer.producerId, 1, 4, false);
            stage.producersOf(topic);
            stage.reads();
        });
    }

    private static void writes(
            Stage stage, TopicPartition partition, long producerId, int epoch, int coordinatorEpoch, boolean isCommit) {
        var topic = new WritableTxnMarkerTopic()
                .setName(partition.topic())
                .setPartitionIndexes(List.of(partition.partition()));
        var request = new WriteTxnMarkersRequestData()
                .setMarkers(List.of(new WritableTxnMarker()
                        .setProducerId(producerId)
                        .setProducerEpoch((short) epoch)
                        .setCoordinatorEpoch(coordinatorEpoch)
                        .setTransactionResult(isCommit)
                        .setTopics(List.of(topic))));
        stage.noteAnswer(
                "marker in " + partition + " of epoch " + epoch + " by coordinator " + coordinatorEpoch,
                () -> stage
                        .wire()
                        .ask(request, 1, new WriteTxnMarkersResponseData())
                        .markers()
                        .getFirst()
                        .topics()
                        .getFirst()
                        .partitions()
                        .stream()
                        .map(it -> Errors.forCode(it.errorCode()))
                        .toList()
                        .toString());
    }

    private static RawProducer raw(Stage stage) {
        return new RawProducer(stage, stage.transactionalId("tx"));
    }
}
