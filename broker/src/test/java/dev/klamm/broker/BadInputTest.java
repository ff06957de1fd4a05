package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.utils.ByteUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a hostile or broken client may send. Each time its connection ends, the log says whose and why, memory stays
 * bounded, and a client that behaves is served meanwhile and after.
 */
@Timeout(120)
class BadInputTest {
    private static final int MAX_REQUEST_BYTES = 8 << 20;
    private static final int QUEUED_BYTES = 16 << 20;
    private static final int TWO_BILLION = 2_000_000_000;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with(
            "socket.request.max.bytes", "" + MAX_REQUEST_BYTES,
            "queued.max.request.bytes", "" + QUEUED_BYTES);

    private WireClient healthy;

    @BeforeEach
    void connectHealthyClient() throws IOException {
        healthy = new WireClient(broker.address());
    }

    @AfterEach
    void isServedAfterAll() throws IOException {
        assertIsServed();
        healthy.close();
    }

    private List<ApiVersion> assertIsServed() throws IOException {
        var response = healthy.ask(ApiVersionsResponseData.class, (short) 0, 1, new ApiVersionsRequestData());
        assertThat(response.apiKeys()).isNotEmpty();
        return List.copyOf(response.apiKeys());
    }

    private void assertClosesAfter(ByteBuffer bytes, String reason) throws IOException {
        try (var log = new CapturedLog();
                WireClient client = new WireClient(broker.address())) {
            client.send(bytes);

            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(log.lines("Closed the connection of /127.0.0.1:" + client.localPort()))
                    .singleElement()
                    .asString()
                    .contains(reason);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {MAX_REQUEST_BYTES + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 0, 1, 7})
    void closesAConnectionWhoseFrameClaimsAnImpossibleSize(int size) throws IOException {
        assertClosesAfter(ByteBuffer.allocate(4).putInt(0, size), "a frame claims " + size + " bytes");
    }

    @ParameterizedTest
    @ValueSource(shorts = {999, -1, Short.MAX_VALUE, Short.MIN_VALUE})
    void closesAConnectionThatAsksForAnUnknownApi(short key) throws IOException {
        assertClosesAfter(header(key, (short) 0), "unknown API key " + key);
    }

    @Test
    void closesAConnectionThatAsksForAnApiThatIsNotServed() throws IOException {
        assertClosesAfter(header(ApiKeys.LEADER_AND_ISR.id, (short) 0), "LEADER_AND_ISR version 0 is not served");
        assertClosesAfter(header(ApiKeys.VOTE.id, (short) 0), "VOTE version 0 is not served");
    }

    @Test
    void closesAConnectionThatAsksForAVersionThatIsNotServed() throws IOException {
        for (ApiVersion api : assertIsServed()) {
            ApiKeys key = ApiKeys.forId(api.apiKey());
            if (key != ApiKeys.API_VERSIONS) {
                for (short version : new short[] {(short) (api.maxVersion() + 1), -1, Short.MAX_VALUE}) {
                    assertClosesAfter(header(key.id, version), key + " version " + version + " is not served");
                }
            }
        }
    }

    /** Of a request without a client id and a body. */
    private static ByteBuffer header(short key, short version) {
        return ByteBuffer.allocate(14)
                .putInt(10)
                .putShort(key)
                .putShort(version)
                .putInt(1)
                .putShort((short) -1)
                .flip();
    }

    @Test
    void neitherAllocatesNorFailsOnArraysOfTwoBillion() throws IOException {
        for (ApiVersion api : assertIsServed()) {
            ApiKeys key = ApiKeys.forId(api.apiKey());
            for (short version = key.oldestVersion(); version <= api.maxVersion(); version++) {
                sendAndForget(WireClient.frame(key, version, 1, ints(TWO_BILLION)));
                sendAndForget(WireClient.frame(key, version, 1, varints(TWO_BILLION)));
            }
            assertIsServed();
        }
    }

    /** Whether it is answered or refused depends on where in the request the lengths happen to stand. */
    private void sendAndForget(ByteBuffer frame) throws IOException {
        try (var log = new CapturedLog();
                WireClient client = new WireClient(broker.address())) {
            client.send(frame);
            client.finish();
            client.drain();
            assertThat(log.lines("ERROR")).isEmpty();
        }
    }

    private static ByteBuffer ints(int value) {
        ByteBuffer body = ByteBuffer.allocate(400);
        while (body.remaining() >= Integer.BYTES) {
            body.putInt(value);
        }
        return body.flip();
    }

    private static ByteBuffer varints(int value) {
        ByteBuffer body = ByteBuffer.allocate(400);
        while (body.remaining() >= 5) {
            ByteUtils.writeUnsignedVarint(value, body);
        }
        return body.flip();
    }

    @Test
    void aClaimedSizeAloneTakesNoMemory() throws IOException {
        long before = usedBytes();
        List<WireClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 1_000; i++) {
                WireClient client = new WireClient(broker.address());
                clients.add(client);
                client.send(ByteBuffer.allocate(20).putInt(0, MAX_REQUEST_BYTES));
            }
            assertIsServed();
            askWithALargeRequest();
            assertThat(usedBytes() - before).isLessThan(100 << 20);
        } finally {
            closeAll(clients);
        }
    }

    @Test
    void boundsTheMemoryOfRequestsThatStopBeforeTheirEnd() throws Exception {
        ByteBuffer unfinished = ByteBuffer.allocate(MAX_REQUEST_BYTES).putInt(0, MAX_REQUEST_BYTES);
        long before = usedBytes();
        List<WireClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 30; i++) {
                WireClient client = new WireClient(broker.address());
                clients.add(client);
                Thread.ofVirtual().start(() -> sendUntilClosed(client, unfinished));
            }
            for (int i = 0; i < 100; i++) {
                assertIsServed();
            }
            assertThat(usedBytes() - before).isLessThan(QUEUED_BYTES + 2 * MAX_REQUEST_BYTES + (10 << 20));
        } finally {
            closeAll(clients);
        }
        askWithALargeRequest();
    }

    private static void sendUntilClosed(WireClient client, ByteBuffer unfinished) {
        try {
            client.send(unfinished);
        } catch (IOException closedByTheTest) {
            assertThat(closedByTheTest).isNotNull();
        }
    }

    /** What lies behind the fields of a request is no part of it and does no harm. */
    private void askWithALargeRequest() throws IOException {
        healthy.send(WireClient.frame(ApiKeys.API_VERSIONS, (short) 0, 5, ByteBuffer.allocate(MAX_REQUEST_BYTES / 2)));
        healthy.receive(ApiVersionsResponseData.class, (short) 0, 5);
    }

    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void closeAll(List<WireClient> clients) throws IOException {
        for (WireClient client : clients) {
            client.close();
        }
    }

    @Test
    void saysWhoStoppedInTheMiddleOfAFrame() throws IOException {
        try (var log = new CapturedLog();
                WireClient client = new WireClient(broker.address())) {
            byte[] half =
                    Arrays.copyOf(header(ApiKeys.API_VERSIONS.id, (short) 0).array(), 9);
            client.send(ByteBuffer.wrap(half));
            client.finish();

            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(log.lines("127.0.0.1:" + client.localPort()))
                    .singleElement()
                    .asString()
                    .contains("closed in the middle of a frame");
        }
    }
}
