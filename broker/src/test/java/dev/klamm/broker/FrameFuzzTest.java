package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random requests of every API, whole and damaged. Whatever the broker makes of them, it goes on. */
@Timeout(120)
class FrameFuzzTest {
    private static final int CONNECTIONS = 500;
    private static final int REQUESTS_PER_CONNECTION = 12;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("group.initial.rebalance.delay.ms", "0");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20_261_120})
    void survivesWhateverFrames(long seed) throws Exception {
        var random = new Random(seed);
        var requests = new RandomRequests(random);
        List<ApiVersion> apis = served();
        List<WireClient> clients = new ArrayList<>();
        try (var log = new CapturedLog()) {
            for (int i = 0; i < CONNECTIONS; i++) {
                WireClient client = new WireClient(broker.address());
                clients.add(client);
                sendSome(client, random, requests, apis);
            }
            assertThat(served()).as("seed %d", seed).isEqualTo(apis);
            broker.restart();
            assertThat(served()).as("seed %d", seed).isEqualTo(apis);
            assertThat(log.errors()).as("seed %d", seed).isEmpty();
        } finally {
            for (WireClient client : clients) {
                client.close();
            }
        }
    }

    private static void sendSome(WireClient client, Random random, RandomRequests requests, List<ApiVersion> apis)
            throws IOException {
        try {
            for (int i = 0; i < REQUESTS_PER_CONNECTION; i++) {
                ApiVersion api = apis.get(random.nextInt(apis.size()));
                ApiKeys key = ApiKeys.forId(api.apiKey());
                short version = (short) random.nextInt(key.oldestVersion(), api.maxVersion() + 1);
                ByteBuffer frame = requests.next(key, version);
                client.send(random.nextInt(10) > 0 ? frame : requests.damage(frame));
            }
        } catch (SocketException refused) {
            assertThat(refused).isNotNull(); // the broker has closed the connection, as it may
        }
    }

    private List<ApiVersion> served() throws IOException {
        try (WireClient client = new WireClient(broker.address())) {
            var response = client.ask(ApiVersionsResponseData.class, (short) 0, 1, new ApiVersionsRequestData());
            return List.copyOf(response.apiKeys());
        }
    }
}
