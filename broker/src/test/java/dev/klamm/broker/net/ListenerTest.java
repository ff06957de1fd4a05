package dev.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.CapturedLog;
import dev.klamm.broker.WireClient;
import dev.klamm.broker.api.Answer;
import dev.klamm.broker.api.Api;
import dev.klamm.broker.api.ApiTable;
import dev.klamm.broker.api.FetchedRecords;
import dev.klamm.broker.api.RequestContext;
import dev.klamm.broker.topic.FinalizedFeatures;
import dev.klamm.log.ReadResult;
import dev.klamm.log.Storage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Connections, with three APIs of the test's own: FindCoordinator answers with its key at once (or fails, or
 * polls), Heartbeat once the test
 * allows it (and is waited for on the answering thread), and Fetch with what the test has set.
 */
@Timeout(60)
class ListenerTest {
    private static final short FIND_VERSION = 6;
    private static final short HEARTBEAT_VERSION = 4;
    private static final short FETCH_VERSION = 17;

    private final CountDownLatch heartbeats = new CountDownLatch(1);
    private final CountDownLatch polls = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(1);
    private volatile FetchResponseData fetched = new FetchResponseData();
    private Listener listener;

    @BeforeEach
    void start() throws Exception {
        listener = Listener.start(config(600_000, Integer.MAX_VALUE), table());
    }

    @AfterEach
    void stop() throws Exception {
        heartbeats.countDown();
        listener.close();
    }

    private static ListenerConfig config(long idleMs, int maxPerAddress) {
        var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return new ListenerConfig(
                "PLAINTEXT", anyPort, null, 50, 10_000, maxPerAddress, Map.of(), 100 << 20, 64 << 20, idleMs);
    }

    private ApiTable table() {
        return new ApiTable(
                List.of(
                        new TestApi<FindCoordinatorRequestData>(ApiKeys.FIND_COORDINATOR, (request, context) -> {
                            if (request.key().equals("bug")) {
                                throw new IllegalStateException("a bug, on purpose");
                            }
                            if (request.key().equals("wait")) {
                                entered.countDown();
                                polls.await();
                            }
                            return new Answer.Now(echo(request));
                        }),
                        new TestApi<HeartbeatRequestData>(
                                ApiKeys.HEARTBEAT,
                                (request, context) -> new Answer.Later(() -> {
                                    heartbeats.await();
                                    return new HeartbeatResponseData().setThrottleTimeMs(request.generationId());
                                })),
                        new TestApi<FetchRequestData>(ApiKeys.FETCH, (request, context) -> new Answer.Now(fetched))),
                () -> FinalizedFeatures.NONE);
    }

    private record TestApi<Q extends org.apache.kafka.common.protocol.ApiMessage>(ApiKeys key, Handler<Q> handler)
            implements Api<Q> {
        interface Handler<Q> {
            Answer handle(Q request, RequestContext context) throws InterruptedException;
        }

        @Override
        public Answer handle(Q request, RequestContext context) throws InterruptedException {
            return handler.handle(request, context);
        }
    }

    private static FindCoordinatorResponseData echo(FindCoordinatorRequestData request) {
        var response = new FindCoordinatorResponseData();
        for (String key : request.coordinatorKeys()) {
            response.coordinators()
                    .add(new FindCoordinatorResponseData.Coordinator()
                            .setKey(key)
                            .setHost("echo"));
        }
        return response;
    }

    private static FindCoordinatorRequestData find(String key) {
        return new FindCoordinatorRequestData().setCoordinatorKeys(List.of(key));
    }

    private WireClient connect() throws Exception {
        return new WireClient(listener.address());
    }

    @Test
    void announcesExactlyWhatIsInTheTable() throws Exception {
        try (WireClient client = connect()) {
            var request =
                    new ApiVersionsRequestData().setClientSoftwareName("wire").setClientSoftwareVersion("1.0");
            var response = client.ask(ApiVersionsResponseData.class, (short) 4, 1, request);

            assertThat(response.apiKeys())
                    .extracting(v -> ApiKeys.forId(v.apiKey()))
                    .containsExactlyInAnyOrder(
                            ApiKeys.API_VERSIONS, ApiKeys.FIND_COORDINATOR, ApiKeys.HEARTBEAT, ApiKeys.FETCH);
            var fetch = response.apiKeys().find(ApiKeys.FETCH.id);
            assertThat(fetch.minVersion()).isEqualTo((short) 4);
            assertThat(fetch.maxVersion()).isEqualTo((short) 18);
        }
    }

    @Test
    void answersAnUnknownVersionOfApiVersionsInVersion0() throws Exception {
        try (WireClient client = connect()) {
            client.send(WireClient.frame(ApiKeys.API_VERSIONS, (short) 99, 7, ByteBuffer.wrap(new byte[] {1, 2, 3})));
            var response = client.receive(ApiVersionsResponseData.class, (short) 0, 7);

            assertThat(response.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
            assertThat(response.apiKeys()).singleElement().satisfies(range -> {
                assertThat(range.apiKey()).isEqualTo(ApiKeys.API_VERSIONS.id);
                assertThat(range.maxVersion()).isEqualTo((short) 4);
            });
        }
    }

    @Test
    void refusesAClientSoftwareNameThatIsNone() throws Exception {
        try (WireClient client = connect()) {
            var request = new ApiVersionsRequestData()
                    .setClientSoftwareName("-no name-")
                    .setClientSoftwareVersion("1.0");
            var response = client.ask(ApiVersionsResponseData.class, (short) 3, 1, request);

            assertThat(response.errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
        }
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws Exception {
        try (WireClient client = connect()) {
            ByteBuffer all = ByteBuffer.allocate(100_000);
            for (int id = 0; id < 300; id++) {
                all.put(WireClient.frame(FIND_VERSION, id, find("key " + id)));
            }
            client.send(all.flip());
            for (int id = 0; id < 300; id++) {
                var response = client.receive(FindCoordinatorResponseData.class, FIND_VERSION, id);
                assertThat(response.coordinators().getFirst().key()).isEqualTo("key " + id);
            }
        }
    }

    @Test
    void answersOvertakeNoAnswerThatWaits() throws Exception {
        try (WireClient client = connect()) {
            client.send(HEARTBEAT_VERSION, 1, new HeartbeatRequestData().setGenerationId(11));
            client.send(FIND_VERSION, 2, find("second"));
            client.send(HEARTBEAT_VERSION, 3, new HeartbeatRequestData().setGenerationId(13));
            client.send(FIND_VERSION, 4, find("fourth"));
            client.finish();
            heartbeats.countDown();

            assertThat(client.receive(HeartbeatResponseData.class, HEARTBEAT_VERSION, 1)
                            .throttleTimeMs())
                    .isEqualTo(11);
            client.receive(FindCoordinatorResponseData.class, FIND_VERSION, 2);
            client.receive(HeartbeatResponseData.class, HEARTBEAT_VERSION, 3);
            client.receive(FindCoordinatorResponseData.class, FIND_VERSION, 4);
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void readsARequestThatComesByteByByte() throws Exception {
        try (WireClient client = connect()) {
            ByteBuffer frame = WireClient.frame(FIND_VERSION, 5, find("slow"));
            while (frame.hasRemaining()) {
                client.send(ByteBuffer.wrap(new byte[] {frame.get()}));
            }
            client.receive(FindCoordinatorResponseData.class, FIND_VERSION, 5);
        }
    }

    @Test
    void readsLargeRequestsOfAllSizesBackToBack() throws Exception {
        try (WireClient client = connect()) {
            int[] sizes = {1, 900, 1_000, 1_100, 30_000, 32_700, 40_000, 300_000, 3_000_000, 20_000_000, 5};
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    for (int id = 0; id < sizes.length; id++) {
                        var request = new FindCoordinatorRequestData().setCoordinatorKeys(keys(sizes[id]));
                        client.send(FIND_VERSION, id, request);
                    }
                } catch (java.io.IOException failure) {
                    throw new java.io.UncheckedIOException(failure);
                }
            });
            for (int id = 0; id < sizes.length; id++) {
                var response = client.receive(FindCoordinatorResponseData.class, FIND_VERSION, id);
                assertThat(response.coordinators()).hasSameSizeAs(keys(sizes[id]));
            }
            sender.join();
        }
    }

    /** So many keys that they take about so many bytes. */
    private static List<String> keys(int sizeBytes) {
        String thousand = "k".repeat(Math.min(sizeBytes, 1_000));
        List<String> keys = new ArrayList<>();
        for (int size = 0; size < sizeBytes; size += thousand.length()) {
            keys.add(thousand);
        }
        return keys;
    }

    @Test
    void sendsRecordsFromMemoryAndFromFilesInPlace(@TempDir Path directory) throws Exception {
        byte[] bytes = new byte[3_000_000];
        new Random(42).nextBytes(bytes);
        Path file = Files.write(directory.resolve("segment"), bytes);
        try (Storage.File segment = Storage.ofThisMachine().openForReading(file);
                WireClient client = connect()) {
            fetched = response(
                    new ReadResult.InFile(segment, 1_000, 2_500_000, 0),
                    new ReadResult.InMemory(
                            List.of(ByteBuffer.wrap(bytes, 10, 500_000), ByteBuffer.wrap(bytes, 600_000, 7)),
                            500_007,
                            0),
                    ReadResult.InMemory.EMPTY,
                    new ReadResult.InFile(segment, 0, 5, 0));
            var request = new FetchRequestData();
            for (int id = 0; id < 10; id++) {
                client.send(FETCH_VERSION, id, request);
            }
            for (int id = 0; id < 10; id++) {
                var partitions = client.receive(FetchResponseData.class, FETCH_VERSION, id)
                        .responses()
                        .getFirst()
                        .partitions();
                assertThat(records(partitions.get(0))).isEqualTo(ByteBuffer.wrap(bytes, 1_000, 2_500_000));
                ByteBuffer second = records(partitions.get(1));
                assertThat(second.slice(0, 500_000)).isEqualTo(ByteBuffer.wrap(bytes, 10, 500_000));
                assertThat(second.slice(500_000, 7)).isEqualTo(ByteBuffer.wrap(bytes, 600_000, 7));
                assertThat(records(partitions.get(2)).remaining()).isZero();
                assertThat(records(partitions.get(3))).isEqualTo(ByteBuffer.wrap(bytes, 0, 5));
            }
        }
    }

    private static ByteBuffer records(FetchResponseData.PartitionData partition) {
        return ((MemoryRecords) partition.records()).buffer();
    }

    private static FetchResponseData response(ReadResult.Records... partitions) {
        var topic = new FetchResponseData.FetchableTopicResponse().setTopicId(Uuid.ONE_UUID);
        for (int index = 0; index < partitions.length; index++) {
            topic.partitions()
                    .add(new FetchResponseData.PartitionData()
                            .setPartitionIndex(index)
                            .setRecords(new FetchedRecords(partitions[index])));
        }
        return new FetchResponseData().setResponses(List.of(topic));
    }

    @Test
    void aBugInAHandlerEndsItsConnectionAlone() throws Exception {
        try (var log = new CapturedLog();
                WireClient client = connect();
                WireClient other = connect()) {
            client.send((short) 3, 1, new FindCoordinatorRequestData().setKey("bug"));

            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(log.errors())
                    .singleElement()
                    .asString()
                    .contains("FIND_COORDINATOR version 3", "127.0.0.1:" + client.localPort(), "a bug, on purpose");
            other.ask(FindCoordinatorResponseData.class, FIND_VERSION, 1, find("fine"));
        }
    }

    @Test
    void closesWhatIsSilentForTooLong() throws Exception {
        try (Listener impatient = Listener.start(config(200, Integer.MAX_VALUE), table());
                WireClient client = new WireClient(impatient.address())) {
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void doesNotCloseWhatWaitsForItsAnswer() throws Exception {
        try (Listener impatient = Listener.start(config(100, Integer.MAX_VALUE), table());
                WireClient polling = new WireClient(impatient.address());
                WireClient producing = new WireClient(impatient.address())) {
            polling.send((short) 3, 1, new FindCoordinatorRequestData().setKey("wait"));
            producing.send(HEARTBEAT_VERSION, 1, new HeartbeatRequestData());
            entered.await();
            for (int round = 0; round < 3; round++) {
                try (WireClient silent = new WireClient(impatient.address())) {
                    assertThat(silent.isClosedByPeer()).isTrue();
                }
            }
            polls.countDown();
            heartbeats.countDown();
            polling.receive(FindCoordinatorResponseData.class, (short) 3, 1);
            producing.receive(HeartbeatResponseData.class, HEARTBEAT_VERSION, 1);
        }
    }

    @Test
    void closesAConnectionTooManyOfOneAddress() throws Exception {
        try (Listener strict = Listener.start(config(600_000, 2), table());
                WireClient first = new WireClient(strict.address());
                WireClient second = new WireClient(strict.address())) {
            first.ask(FindCoordinatorResponseData.class, FIND_VERSION, 1, find("a"));
            second.ask(FindCoordinatorResponseData.class, FIND_VERSION, 1, find("b"));
            try (WireClient third = new WireClient(strict.address())) {
                assertThat(third.isClosedByPeer()).isTrue();
            }
            first.ask(FindCoordinatorResponseData.class, FIND_VERSION, 2, find("a"));
        }
    }

    @Test
    void aStopAnswersWhatHasComeInAndInterruptsWhatWaits() throws Exception {
        try (WireClient working = connect();
                WireClient waiting = connect();
                WireClient idle = connect()) {
            working.send(HEARTBEAT_VERSION, 1, new HeartbeatRequestData().setGenerationId(1));
            working.send(FIND_VERSION, 2, find("last"));
            waiting.send((short) 3, 1, new FindCoordinatorRequestData().setKey("wait"));
            idle.ask(FindCoordinatorResponseData.class, FIND_VERSION, 1, find("idle"));
            entered.await();
            long before = System.nanoTime();
            Thread.ofVirtual().start(heartbeats::countDown);

            listener.close();

            assertThat(System.nanoTime() - before).isLessThan(TimeUnit.MILLISECONDS.toNanos(1_900));
            working.receive(HeartbeatResponseData.class, HEARTBEAT_VERSION, 1);
            working.receive(FindCoordinatorResponseData.class, FIND_VERSION, 2);
            assertThat(working.isClosedByPeer()).isTrue();
            assertThat(waiting.isClosedByPeer()).isTrue();
            assertThat(idle.isClosedByPeer()).isTrue();
        }
    }
}
