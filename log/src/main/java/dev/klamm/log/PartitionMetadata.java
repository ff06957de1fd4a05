package dev.klamm.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;

/**
 * {@code partition.metadata} in a partition's directory: the topic id, which tells a topic from an earlier one of the same
 * name (KIP-516).
 *
 * <pre>
 * version: 0
 * topic_id: 4XkDNrcrS1Kkfz5KoU0oVA
 * </pre>
 *
 * The last line has no end, as Kafka writes it; the id's 22 characters show that it is whole.
 */
final class PartitionMetadata {
    static final String FILE_NAME = "partition.metadata";

    private static final Pattern CONTENTS = Pattern.compile("version: \\d+\r?\ntopic_id: ([\\w-]{22})(\r?\n.*)?");

    private static final int MAX_GARBLED_CHARACTERS = 8;

    private PartitionMetadata() {}

    /**
     * Whether the id that was read is likely this one with a few damaged characters: the file has no checksum, and of two
     * random ids nearly all of the 22 characters differ.
     */
    static boolean isGarbled(Uuid read, Uuid expected) {
        String one = read.toString();
        String other = expected.toString();
        int differing = 0;
        for (int i = 0; i < one.length(); i++) {
            differing += one.charAt(i) == other.charAt(i) ? 0 : 1;
        }
        return differing > 0 && differing <= MAX_GARBLED_CHARACTERS;
    }

    /** Durable when it returns. */
    static void write(Storage storage, Path partitionDirectory, Uuid topicId) throws IOException {
        String text = "version: 0\ntopic_id: " + topicId;
        SmallFile.replace(storage, partitionDirectory.resolve(FILE_NAME), StandardCharsets.UTF_8.encode(text));
    }

    /**
     * Reads the topic id; empty if there is no file.
     *
     * @throws GarbledFileException if there is no topic id in it
     */
    static Optional<Uuid> read(Storage storage, Path partitionDirectory) throws IOException {
        Path path = partitionDirectory.resolve(FILE_NAME);
        if (!storage.exists(path)) {
            return Optional.empty();
        }
        String text =
                StandardCharsets.UTF_8.decode(SmallFile.read(storage, path)).toString();
        Matcher contents = CONTENTS.matcher(text);
        Uuid topicId = contents.matches() ? Uuid.fromString(contents.group(1)) : Uuid.ZERO_UUID;
        if (topicId.equals(Uuid.ZERO_UUID)) {
            throw new GarbledFileException(path, "no topic id in it");
        }
        return Optional.of(topicId);
    }
}
