package dev.klamm.examples.rides;

import java.nio.file.Path;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;

/** A topology on Kafka Streams' own test driver: no broker, one thread, each record done when it has been put in. */
final class DrivenTopology implements AutoCloseable {

    private final TopologyTestDriver driver;

    DrivenTopology(Topology topology, Path stateDirectory) {
        var settings = RideStreams.settings("test", "nowhere:9092");
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        // The driver is one task with all topics for its input, and would have each wait for the others.
        settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, 0L);
        driver = new TopologyTestDriver(topology, settings);
    }

    <T> TestInputTopic<String, T> input(String topic, Class<T> type) {
        return driver.createInputTopic(
                topic, new StringSerializer(), Json.serde(type).serializer());
    }

    <T> TestOutputTopic<String, T> output(String topic, Class<T> type) {
        return output(topic, new StringDeserializer(), Json.serde(type).deserializer());
    }

    TestOutputTopic<String, Long> counts(String topic) {
        return output(topic, new StringDeserializer(), Serdes.Long().deserializer());
    }

    <K, V> TestOutputTopic<K, V> output(String topic, Deserializer<K> key, Deserializer<V> value) {
        return driver.createOutputTopic(topic, key, value);
    }

    @Override
    public void close() {
        driver.close();
    }
}
