package dev.klamm.broker.topic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What an Apache Kafka made of the beginning of the metadata log when it deleted it: a file of record batches beside the
 * segments, named {@code OFFSET-EPOCH.checkpoint}, both with leading zeros. Klamm reads them and writes none.
 *
 * @param endOffset the log goes on here: the snapshot stands for all offsets below
 */
record MetadataSnapshot(Path file, long endOffset) {
    private static final Pattern NAME = Pattern.compile("([0-9]{20})-[0-9]{10}[.]checkpoint");

    /** The latest one; empty if there is none. */
    static Optional<MetadataSnapshot> latest(Path dataDirectory) throws IOException {
        Path directory = dataDirectory.resolve("__cluster_metadata-0");
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.flatMap(file -> named(file).stream())
                    .max(Comparator.comparingLong(MetadataSnapshot::endOffset));
        }
    }

    private static Optional<MetadataSnapshot> named(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches()
                ? Optional.of(new MetadataSnapshot(file, Long.parseLong(name.group(1))))
                : Optional.empty();
    }

    /** @throws UnusableDirectoryException if a bit of it is not as it was written */
    ByteBuffer batches() throws IOException {
        ByteBuffer batches = ByteBuffer.wrap(Files.readAllBytes(file));
        try {
            MemoryRecords.readableRecords(batches).batches().forEach(RecordBatch::ensureValid);
        } catch (CorruptRecordException e) {
            throw new UnusableDirectoryException(file + " is damaged: " + e.getMessage());
        }
        return batches;
    }
}
