package dev.klamm.broker.topic;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Which cluster and which node a data directory belongs to: the file {@code meta.properties}, as Kafka has it.
 *
 * <pre>
 * version=1
 * cluster.id=R2jzQTf9VZ7iYwwmfBLluQ     22 letters
 * node.id=1
 * directory.id=V3ppma6JogGOxQiAINBZ0g   the directory's own id (KIP-858); partitions name it
 * </pre>
 */
record MetaProperties(String clusterId, int nodeId, Uuid directoryId) {
    private static final String FILE = "meta.properties";

    /**
     * Reads the directory's file; where there is none, a new cluster begins.
     *
     * @param wantedNodeId {@code node.id} if it was set, else null: then the directory's stays
     * @throws UnusableDirectoryException if the file is not one that Klamm can go on with
     */
    static MetaProperties readOrCreate(Path directory, @Nullable Integer wantedNodeId) throws IOException {
        Path file = directory.resolve(FILE);
        if (Files.exists(file)) {
            return read(file, wantedNodeId);
        }
        var created = new MetaProperties(
                Uuid.randomUuid().toString(), wantedNodeId == null ? 1 : wantedNodeId, Uuid.randomUuid());
        created.write(directory);
        return created;
    }

    private static MetaProperties read(Path file, @Nullable Integer wantedNodeId) throws IOException {
        var properties = new Properties();
        try (Reader in = new StringReader(Files.readString(file))) {
            properties.load(in);
        }
        if (!"1".equals(properties.getProperty("version"))) {
            throw new UnusableDirectoryException(file + " has version " + properties.getProperty("version")
                    + "; Klamm goes on with version 1, which Kafka has written since 3.0 (KRaft).");
        }
        int nodeId = nodeId(file, properties);
        if (wantedNodeId != null && wantedNodeId != nodeId) {
            throw new UnusableDirectoryException(
                    file + " is of node " + nodeId + ", but node.id=" + wantedNodeId + " is set.");
        }
        return new MetaProperties(required(file, properties, "cluster.id"), nodeId, directoryId(file, properties));
    }

    private static int nodeId(Path file, Properties properties) throws UnusableDirectoryException {
        String text = required(file, properties, "node.id");
        if (!text.matches("[0-9]{1,9}")) {
            throw new UnusableDirectoryException(file + ": node.id=" + text + " is no number.");
        }
        return Integer.parseInt(text);
    }

    /** Kafka before 3.7 wrote none; its partitions then name the reserved id that stands for "migrating". */
    private static Uuid directoryId(Path file, Properties properties) throws UnusableDirectoryException {
        String text = properties.getProperty("directory.id");
        if (text == null) {
            return new Uuid(0, 0);
        }
        try {
            return Uuid.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new UnusableDirectoryException(file + ": directory.id=" + text + " is no id.");
        }
    }

    private static String required(Path file, Properties properties, String name) throws UnusableDirectoryException {
        String value = properties.getProperty(name);
        if (value == null || value.isBlank()) {
            throw new UnusableDirectoryException(file + " has no " + name + ".");
        }
        return value.trim();
    }

    /** The file is there whole or not at all, also after a power cut. */
    private void write(Path directory) throws IOException {
        String text = "#\ncluster.id=" + clusterId + "\ndirectory.id=" + directoryId + "\nnode.id=" + nodeId
                + "\nversion=1\n";
        Path temporary = directory.resolve(FILE + ".tmp");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(
                temporary,
                directory.resolve(FILE),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
