package dev.klamm.broker.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetaPropertiesTest {
    @TempDir
    Path directory;

    @Test
    void anEmptyDirectoryGetsAClusterIdThatStays() throws IOException {
        MetaProperties created = MetaProperties.readOrCreate(directory, null);

        assertThat(created.nodeId()).isEqualTo(1);
        assertThat(created.clusterId()).hasSize(22);
        assertThat(MetaProperties.readOrCreate(directory, null)).isEqualTo(created);
        assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void aDirectoryOfKafkasKeepsItsNumber() throws IOException {
        Files.writeString(directory.resolve("meta.properties"), """
            #
            #Fri Nov 20 13:30:22 UTC 2026
            cluster.id=R2jzQTf9VZ7iYwwmfBLluQ
            directory.id=V3ppma6JogGOxQiAINBZ0g
            node.id=7
            version=1
            """);

        assertThat(MetaProperties.readOrCreate(directory, null))
                .isEqualTo(new MetaProperties("R2jzQTf9VZ7iYwwmfBLluQ", 7, Uuid.fromString("V3ppma6JogGOxQiAINBZ0g")));
    }

    @Test
    void aDirectoryOfAnotherNodeIsRefused() throws IOException {
        MetaProperties.readOrCreate(directory, 7);

        assertThatThrownBy(() -> MetaProperties.readOrCreate(directory, 8))
                .isInstanceOf(UnusableDirectoryException.class)
                .hasMessageContaining("is of node 7, but node.id=8 is set");
    }

    @Test
    void aDirectoryOfKafkaWithZooKeeperIsRefused() throws IOException {
        Files.writeString(directory.resolve("meta.properties"), "version=0\nbroker.id=0\n");

        assertThatThrownBy(() -> MetaProperties.readOrCreate(directory, null))
                .isInstanceOf(UnusableDirectoryException.class)
                .hasMessageContaining("version 0");
    }
}
