package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Batches that are not what they say. They are refused, the log says whose they were, and the connection goes on. */
@Timeout(60)
class BadBatchesTest {
    /** The last that names topics. */
    private static final short VERSION = 12;

    private static final int SIZE_POSITION = 8;
    private static final int MAGIC_POSITION = 16;
    private static final int CRC_POSITION = 17;
    private static final int ATTRIBUTES_POSITION = 21;
    private static final int LAST_OFFSET_DELTA_POSITION = 23;
    private static final int COUNT_POSITION = 57;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("its CRC is wrong", batch -> batch.put(batch.limit() - 1, (byte) 1)),
                damage("its magic is 3", batch -> batch.put(MAGIC_POSITION, (byte) 3)),
                damage("its magic is 1", batch -> batch.put(MAGIC_POSITION, (byte) 1)),
                damage("its magic is 0", batch -> batch.put(MAGIC_POSITION, (byte) 0)),
                damage("it is longer than the request", batch -> batch.putInt(SIZE_POSITION, 1_000_000)),
                damage("its size is negative", batch -> batch.putInt(SIZE_POSITION, -1)),
                damage("it is shorter than a header", batch -> batch.putInt(SIZE_POSITION, 10)),
                damage("it counts too many records", withCrc(batch -> batch.putInt(COUNT_POSITION, 3))),
                damage("it counts two billion records", withCrc(batch -> batch.putInt(COUNT_POSITION, 2_000_000_000))),
                damage("it counts no records", withCrc(batch -> batch.putInt(COUNT_POSITION, 0))),
                damage("its last offset is wrong", withCrc(batch -> batch.putInt(LAST_OFFSET_DELTA_POSITION, 7))),
                damage("its compression is unknown", withCrc(batch -> batch.putShort(ATTRIBUTES_POSITION, (short) 7))),
                damage("it ends in its header", batch -> batch.limit(30)));
    }

    private static Arguments damage(String what, Consumer<ByteBuffer> damage) {
        return Arguments.of(what, damage);
    }

    private static Consumer<ByteBuffer> withCrc(Consumer<ByteBuffer> damage) {
        return damage.andThen(batch -> {
            var crc = new CRC32C();
            crc.update(batch.slice(ATTRIBUTES_POSITION, batch.limit() - ATTRIBUTES_POSITION));
            batch.putInt(CRC_POSITION, (int) crc.getValue());
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void refusesABatchBecause(String what, Consumer<ByteBuffer> damage) throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic("rides", 1, (short) 1)))
                .all()
                .get();
        ByteBuffer bad = batch();
        damage.accept(bad);
        try (var log = new CapturedLog();
                WireClient client = new WireClient(broker.address())) {
            PartitionProduceResponse refused = produce(client, bad);

            assertThat(Errors.forCode(refused.errorCode())).isNotEqualTo(Errors.NONE);
            assertThat(log.lines("Refused records of /127.0.0.1:" + client.localPort() + " (wire) for rides-0"))
                    .hasSize(1);
            assertThat(log.errors()).isEmpty();
            PartitionProduceResponse next = produce(client, batch());
            assertThat(Errors.forCode(next.errorCode())).isEqualTo(Errors.NONE);
            assertThat(next.baseOffset()).isZero();
        }
    }

    private static ByteBuffer batch() {
        var record = new SimpleRecord(
                System.currentTimeMillis(),
                "key".getBytes(StandardCharsets.UTF_8),
                "value".getBytes(StandardCharsets.UTF_8));
        return MemoryRecords.withRecords((byte) 2, 0, Compression.NONE, TimestampType.CREATE_TIME, record, record)
                .buffer();
    }

    private static PartitionProduceResponse produce(WireClient client, ByteBuffer records) throws IOException {
        var partition = new PartitionProduceData().setIndex(0).setRecords(MemoryRecords.readableRecords(records));
        var topic = new TopicProduceData().setName("rides").setPartitionData(List.of(partition));
        var request = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1_000);
        request.topicData().add(topic);
        return client.ask(ProduceResponseData.class, VERSION, 1, request)
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .getFirst();
    }
}
