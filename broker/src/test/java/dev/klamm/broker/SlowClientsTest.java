package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that say nothing, or do not listen. */
@Timeout(120)
class SlowClientsTest {
    private static final int MEGABYTE = 1 << 20;

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with("connections.max.idle.ms", "3000", "message.max.bytes", "2000000");

    private void produceMegabytes(int count) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrap(), "max.request.size", 2 * MEGABYTE);
        var serializer = new ByteArraySerializer();
        try (var producer = new KafkaProducer<>(config, serializer, serializer)) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>("large", new byte[MEGABYTE])));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    /** In a version that names topics. */
    private static FetchRequestData fetchOf(int maxBytes) {
        var partition = new FetchPartition().setPartition(0).setFetchOffset(0).setPartitionMaxBytes(maxBytes);
        return new FetchRequestData()
                .setMaxBytes(maxBytes)
                .setMaxWaitMs(500)
                .setTopics(List.of(new FetchTopic().setTopic("large").setPartitions(List.of(partition))));
    }

    @Test
    void endsAConnectionThatStopsReadingInTheMiddleOf50MegabytesAndServesOthersMeanwhile() throws Exception {
        produceMegabytes(55);
        try (var log = new CapturedLog();
                WireClient stalled = new WireClient(broker.address())) {
            stalled.send((short) 12, 1, fetchOf(50 * MEGABYTE));
            assertThat(stalled.skip(MEGABYTE)).isEqualTo(MEGABYTE);

            String why = "/127.0.0.1:" + stalled.localPort() + ": it does not read its answers";
            while (log.lines(why).isEmpty()) {
                produceMegabytes(1);
                assertIsServed();
            }
            assertThat(stalled.skip(50 * MEGABYTE)).isLessThan(49 * MEGABYTE);
        }
    }

    @Test
    void tenThousandSilentConnectionsDisturbNobodyAndAreClosed() throws Exception {
        int count = (int) Math.min(10_000, (openFileLimit() - 1_000) / 2);
        List<SocketChannel> silent = new ArrayList<>();
        try (var log = new CapturedLog()) {
            for (int i = 0; i < count; i++) {
                silent.add(SocketChannel.open(broker.address()));
                if (i % 1_000 == 0) {
                    assertIsServed();
                }
            }
            produceMegabytes(1);
            try (var last = new WireClient(broker.address())) {
                assertThat(last.isClosedByPeer()).isTrue();
            }
            assertIsServed();
            assertThat(log.lines("idle connections of /127.0.0.1")).isNotEmpty();
        } finally {
            for (SocketChannel channel : silent) {
                channel.close();
            }
        }
    }

    private static long openFileLimit() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getMaxFileDescriptorCount();
    }

    private void assertIsServed() throws IOException {
        try (WireClient client = new WireClient(broker.address())) {
            client.ask(ApiVersionsResponseData.class, (short) 0, 1, new ApiVersionsRequestData());
        }
    }
}
