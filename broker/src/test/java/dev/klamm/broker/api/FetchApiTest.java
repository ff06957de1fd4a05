package dev.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import dev.klamm.broker.WireClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Fetches as bytes on the wire: what sizes, waits, epochs and sessions do. */
class FetchApiTest {
    private static final short VERSION = 17;
    private static final String RIDES = "rides";

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    private WireClient client;
    private Uuid ridesId;
    private int correlationId;

    @BeforeEach
    void connect() throws Exception {
        client = new WireClient(broker.address());
        var created = broker.admin().createTopics(List.of(new NewTopic(RIDES, Optional.of(2), Optional.empty())));
        ridesId = created.topicId(RIDES).get();
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    private void produce(int partition, byte[]... values) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrap(), "batch.size", 0);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            for (byte[] value : values) {
                producer.send(new ProducerRecord<>(RIDES, partition, null, value))
                        .get();
            }
        }
    }

    private static FetchPartition partition(int index, long offset) {
        return new FetchPartition().setPartition(index).setFetchOffset(offset).setPartitionMaxBytes(1 << 20);
    }

    private FetchRequestData request(FetchPartition... partitions) {
        FetchRequestData request = new FetchRequestData()
                .setSessionEpoch(FetchMetadata.INITIAL_EPOCH)
                .setMaxWaitMs(0)
                .setMinBytes(1)
                .setMaxBytes(1 << 20);
        if (partitions.length > 0) {
            request.topics().add(new FetchTopic().setTopicId(ridesId).setPartitions(List.of(partitions)));
        }
        return request;
    }

    private FetchResponseData fetch(FetchRequestData request) throws IOException {
        return client.ask(FetchResponseData.class, VERSION, ++correlationId, request);
    }

    private static List<PartitionData> partitions(FetchResponseData response) {
        List<PartitionData> all = new ArrayList<>();
        response.responses().forEach(topic -> all.addAll(topic.partitions()));
        return all;
    }

    private static List<Long> offsets(PartitionData partition) {
        List<Long> offsets = new ArrayList<>();
        for (Record record : ((MemoryRecords) partition.records()).records()) {
            offsets.add(record.offset());
        }
        return offsets;
    }

    @Test
    void givesWhatIsThereFromTheOffsetOn() throws Exception {
        produce(0, new byte[1], new byte[2], new byte[3]);

        PartitionData found = partitions(fetch(request(partition(0, 1)))).getFirst();

        assertThat(offsets(found)).containsExactly(1L, 2L);
        assertThat(found.highWatermark()).isEqualTo(3);
        assertThat(found.lastStableOffset()).isEqualTo(3);
        assertThat(found.logStartOffset()).isZero();
    }

    @Test
    void givesOneBatchHoweverSmallTheLimitsAre() throws Exception {
        produce(0, new byte[5000], new byte[5000]);
        produce(1, new byte[5000]);

        FetchRequestData request = request(
                partition(0, 0).setPartitionMaxBytes(100), partition(1, 0).setPartitionMaxBytes(100));
        List<PartitionData> found = partitions(fetch(request.setMaxBytes(100)));

        assertThat(offsets(found.get(0))).containsExactly(0L);
        assertThat(offsets(found.get(1))).isEmpty();
    }

    @Test
    void waitsForARecordUpToMaxWait() throws Exception {
        FetchRequestData request = request(partition(0, 0), partition(1, 0)).setMaxWaitMs(30_000);
        CompletableFuture<FetchResponseData> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return fetch(request);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });

        produce(1, new byte[10]);

        assertThat(offsets(partitions(waiting.get(10, TimeUnit.SECONDS)).get(1)))
                .containsExactly(0L);
    }

    @Test
    void answersWithNothingWhenMaxWaitIsOver() throws Exception {
        produce(0, new byte[1]);
        long start = System.nanoTime();

        FetchResponseData response =
                fetch(request(partition(0, 0)).setMinBytes(1 << 20).setMaxWaitMs(200));

        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isGreaterThanOrEqualTo(200);
        assertThat(offsets(partitions(response).getFirst())).containsExactly(0L);
    }

    @Test
    void refusesWhatItHasNot() throws Exception {
        FetchRequestData request = request(partition(0, 1), partition(7, 0));
        request.topics().add(new FetchTopic().setTopicId(Uuid.randomUuid()).setPartitions(List.of(partition(0, 0))));
        request.setMaxWaitMs(30_000);

        assertThat(partitions(fetch(request)))
                .extracting(PartitionData::errorCode)
                .containsExactly(
                        Errors.OFFSET_OUT_OF_RANGE.code(),
                        Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                        Errors.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void comparesLeaderEpochs() throws Exception {
        assertThat(partitions(fetch(request(partition(0, 0).setCurrentLeaderEpoch(99))))
                        .getFirst()
                        .errorCode())
                .isEqualTo(Errors.UNKNOWN_LEADER_EPOCH.code());
        assertThat(partitions(fetch(request(partition(0, 0).setCurrentLeaderEpoch(0))))
                        .getFirst()
                        .errorCode())
                .isEqualTo(Errors.NONE.code());
    }

    @Test
    void aSessionTellsOnlyWhatIsNew() throws Exception {
        produce(0, new byte[1]);
        FetchResponseData full = fetch(request(partition(0, 0), partition(1, 0)));
        assertThat(partitions(full)).hasSize(2);

        FetchResponseData afterRead = fetch(inSession(full, 1, partition(0, 1)));
        produce(1, new byte[1]);
        FetchResponseData afterProduce = fetch(inSession(full, 2));

        assertThat(partitions(afterRead)).isEmpty();
        assertThat(partitions(afterProduce))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(1);
    }

    private FetchRequestData inSession(FetchResponseData full, int epoch, FetchPartition... changed) {
        return request(changed).setSessionId(full.sessionId()).setSessionEpoch(epoch);
    }

    @Test
    void aSessionForgetsPartitionsAndEndsWhenNoneIsLeft() throws Exception {
        produce(0, new byte[1]);
        FetchResponseData full = fetch(request(partition(0, 0)));
        FetchRequestData forget = inSession(full, 1);
        forget.forgottenTopicsData()
                .add(new ForgottenTopic().setTopicId(ridesId).setPartitions(List.of(0)));

        assertThat(fetch(forget).sessionId()).isZero();

        assertThat(fetch(inSession(full, 2)).errorCode()).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
    }

    @Test
    void aSessionRefusesAnEpochOutOfTurn() throws Exception {
        FetchResponseData full = fetch(request(partition(0, 0)));

        assertThat(fetch(inSession(full, 5)).errorCode()).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH.code());
        assertThat(fetch(inSession(full, 1)).errorCode()).isEqualTo(Errors.NONE.code());
    }

    @Test
    void theLastFetchOfASessionEndsIt() throws Exception {
        FetchResponseData full = fetch(request(partition(0, 0)));

        assertThat(fetch(inSession(full, -1, partition(0, 0))).sessionId()).isZero();

        assertThat(fetch(inSession(full, 1)).errorCode()).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
    }
}
