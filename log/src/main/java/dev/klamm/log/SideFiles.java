package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * What the files beside the segments hold, for somebody who looks and changes nothing. Each method reads one whole file
 * and throws {@link java.nio.file.NoSuchFileException} if it isn't there, and an IOException whose message says what is
 * wrong if it doesn't hold what it should.
 */
public final class SideFiles {
    private static final Storage STORAGE = ReadOnlyStorage.ofThisMachine();
    private static final int OFFSET_ENTRY_BYTES = 8;
    private static final int TIME_ENTRY_BYTES = 12;
    private static final int TRANSACTION_ENTRY_BYTES = 34;

    private SideFiles() {}

    /** The batch that begins at this position ends with this offset. */
    public record OffsetEntry(long lastOffset, long position) {}

    /** No batch up to this offset has a greater timestamp, in ms since 1970. */
    public record TimeEntry(long timestampMs, long offset) {}

    /** An aborted transaction of a producer (KIP-98); offsets are inclusive but for the last stable one. */
    public record AbortedTransaction(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}

    /** The newest batch of an idempotent producer; see {@link ProducerSnapshot} for what -1 means in which place. */
    public record Producer(
            long producerId,
            short epoch,
            int lastSequence,
            long lastOffset,
            int offsetDelta,
            long lastTimestampMs,
            int coordinatorEpoch,
            long currentTxnFirstOffset) {}

    /** A leader epoch and its first offset (KIP-101). */
    public record Epoch(int leaderEpoch, long startOffset) {}

    /** An offset of each partition that the file names. */
    public record PartitionOffset(String topic, int partition, long offset) {}

    private interface EntryReader<T> {
        T read(ByteBuffer entry) throws IOException;
    }

    /** The {@code .index} of a segment. */
    public static List<OffsetEntry> offsetIndex(Path file) throws IOException {
        long base = baseOffset(file);
        return entries(file, OFFSET_ENTRY_BYTES, it -> new OffsetEntry(base + it.getInt(), it.getInt()));
    }

    /** The {@code .timeindex} of a segment. */
    public static List<TimeEntry> timeIndex(Path file) throws IOException {
        long base = baseOffset(file);
        return entries(file, TIME_ENTRY_BYTES, it -> new TimeEntry(it.getLong(), base + it.getInt()));
    }

    /** The {@code .txnindex} of a segment. */
    public static List<AbortedTransaction> transactionIndex(Path file) throws IOException {
        return entries(file, TRANSACTION_ENTRY_BYTES, it -> {
            short version = it.getShort();
            if (version != 0) {
                throw new GarbledFileException(file, "an entry of version " + version);
            }
            return new AbortedTransaction(it.getLong(), it.getLong(), it.getLong(), it.getLong());
        });
    }

    /** Without the zeros that Kafka leaves behind the last entry while it runs, and when it was killed. */
    private static <T> List<T> entries(Path file, int entryBytes, EntryReader<T> reader) throws IOException {
        ByteBuffer bytes = SmallFile.read(STORAGE, file);
        if (bytes.limit() % entryBytes != 0) {
            throw new GarbledFileException(
                    file, "%d bytes are no whole number of entries of %d".formatted(bytes.limit(), entryBytes));
        }
        int end = bytes.limit();
        while (end > 0 && StoredBatches.isZero(bytes.slice(end - entryBytes, entryBytes))) {
            end -= entryBytes;
        }
        List<T> entries = new ArrayList<>(end / entryBytes);
        for (int at = 0; at < end; at += entryBytes) {
            entries.add(reader.read(bytes.slice(at, entryBytes)));
        }
        return entries;
    }

    /** The first offset of the segment that this file belongs to, or of what it stands for, from its name. */
    public static long baseOffset(Path file) {
        String name = file.getFileName().toString();
        if (!name.matches("\\d{20}[.-].*")) {
            throw new IllegalArgumentException("The name of " + file + " does not begin with an offset of 20 digits.");
        }
        return Long.parseLong(name.substring(0, 20));
    }

    /** A {@code .snapshot}: the producers, by their ids, as of the offset in its name. */
    public static List<Producer> producers(Path file) throws IOException {
        return ProducerSnapshot.read(STORAGE, directoryOf(file), baseOffset(file)).stream()
                .map(SideFiles::producer)
                .sorted(Comparator.comparingLong(Producer::producerId))
                .toList();
    }

    private static Producer producer(ProducerState state) {
        return new Producer(
                state.producerId(),
                state.epoch(),
                state.lastSequence(),
                state.lastOffset(),
                state.lastOffsetDelta(),
                state.lastTimestampMs(),
                state.coordinatorEpoch(),
                state.currentTxnFirstOffset());
    }

    /** A {@code leader-epoch-checkpoint}. */
    public static List<Epoch> leaderEpochs(Path file) throws IOException {
        return LeaderEpochCheckpoint.read(STORAGE, directoryOf(file)).stream()
                .map(epoch -> new Epoch(epoch.leaderEpoch(), epoch.startOffset()))
                .toList();
    }

    /** One of the checkpoints in the root of a data directory, sorted by partition. */
    public static List<PartitionOffset> offsetCheckpoint(Path file) throws IOException {
        String name = file.getFileName().toString();
        Map<TopicPartition, Long> offsets = OffsetCheckpoint.read(STORAGE, directoryOf(file), name);
        return offsets.entrySet().stream()
                .map(it -> new PartitionOffset(it.getKey().topic(), it.getKey().partition(), it.getValue()))
                .sorted(Comparator.comparing(PartitionOffset::topic).thenComparingInt(PartitionOffset::partition))
                .toList();
    }

    /** The topic id in a partition's directory; empty if there is no {@code partition.metadata}. */
    public static Optional<Uuid> topicId(Path partitionDirectory) throws IOException {
        return PartitionMetadata.read(STORAGE, partitionDirectory);
    }

    private static Path directoryOf(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        return directory == null ? file : directory;
    }
}
