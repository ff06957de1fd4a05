package dev.klamm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.config.InvalidSettingException;
import dev.klamm.broker.config.Listener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerConfigTest {
    @TempDir
    Path directory;

    /** The settings of the config/server.properties that comes with Apache Kafka 4.3. */
    private static final String KAFKAS = """
        process.roles=broker,controller
        node.id=1
        controller.quorum.bootstrap.servers=localhost:9093
        listeners=PLAINTEXT://:9092,CONTROLLER://:9093
        inter.broker.listener.name=PLAINTEXT
        advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
        num.network.threads=3
        num.io.threads=8
        socket.send.buffer.bytes=102400
        socket.receive.buffer.bytes=102400
        socket.request.max.bytes=104857600
        log.dirs=/tmp/kraft-combined-logs
        num.partitions=1
        num.recovery.threads.per.data.dir=1
        offsets.topic.replication.factor=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        log.retention.hours=168
        log.segment.bytes=1073741824
        log.retention.check.interval.ms=300000
        """;

    private Path file(String settings) throws IOException {
        return Files.writeString(directory.resolve("server.properties"), settings);
    }

    @Test
    void theConfigurationThatComesWithKafkaIsTaken() throws IOException {
        ServerConfig config = ServerConfig.of(file(KAFKAS), Map.of(), null, null);

        assertThat(config.data()).isEqualTo(Path.of("/tmp/kraft-combined-logs"));
        assertThat(config.broker().connections().listeners()).containsExactly(new Listener("PLAINTEXT", "", 9092));
        assertThat(config.broker().advertised("PLAINTEXT")).contains(new Listener("PLAINTEXT", "localhost", 9092));
        assertThat(config.broker().leftAside())
                .contains("process.roles", "num.io.threads", "share.coordinator.state.topic.min.isr")
                .doesNotContain("listeners", "log.segment.bytes", "socket.request.max.bytes");
    }

    @Test
    void theCommandLineIsStrongerThanTheFile() throws IOException {
        ServerConfig config = ServerConfig.of(
                file(KAFKAS), Map.of("num.partitions", "6", "log.retention.ms", "1000"), directory, 19092);

        assertThat(config.data()).isEqualTo(directory);
        assertThat(config.broker().numPartitions()).isEqualTo(6);
        assertThat(config.broker().defaultLogConfig().cleanup().retentionMs()).isEqualTo(1000);
        assertThat(config.broker().connections().listeners()).containsExactly(new Listener("PLAINTEXT", "", 19092));
    }

    @Test
    void aMisspeltSettingIsRefusedWithTheNearestName() {
        assertThatThrownBy(() -> ServerConfig.of(file("num.partition=3\n"), Map.of(), null, null))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("There is no setting num.partition; the nearest is num.partitions.");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> ServerConfig.of(directory.resolve("absent.properties"), Map.of(), null, null))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("absent.properties");
    }
}
