package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Checks a whole data directory, Klamm's or Apache Kafka's, and changes nothing: every batch of every segment, the
 * journal, and every small file. Of a running broker's it checks what does not change any more, which is what lies below
 * the recovery points.
 */
public final class DirectoryCheck {
    /** One reads from the disk while the other computes checksums. */
    private static final int THREADS = 2;

    private static final int BUFFER_BYTES = 1 << 20;

    /** A running broker's directory changes while it is looked at; then it is looked at again. */
    private static final int TRIES = 5;

    private static final Pattern PARTITION = Pattern.compile("(.+)-(\\d{1,9})");
    private static final Storage STORAGE = ReadOnlyStorage.ofThisMachine();

    private final Path root;
    private final boolean isLive;
    private final List<Finding> findings = new ArrayList<>();
    private final ThreadLocal<ByteBuffer> buffers =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

    /**
     * What the metadata log says of the topics.
     *
     * @param names of all topics there are, by their ids; empty if that is not known
     * @param compacted the topics whose offsets may have gaps
     */
    public record Topics(Map<Uuid, String> names, Set<String> compacted) {}

    /** What was found, the worst first, and how much was looked at. */
    public record Report(List<Finding> findings, int partitions, long segments, long batches, long sizeBytes) {
        public boolean isSound() {
            return findings.stream().noneMatch(Finding::isDamage);
        }
    }

    private DirectoryCheck(Path root, boolean isLive) {
        this.root = root;
        this.isLive = isLive;
    }

    /** Whether a broker, Klamm or Kafka, works in this directory now. */
    public static boolean isInUse(Path directory) throws IOException {
        Path file = directory.resolve(".lock");
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock == null;
        } catch (OverlappingFileLockException ofThisProcess) {
            return true;
        }
    }

    /** Directories of partitions in this directory. */
    public static int partitionCount(Path directory) throws IOException {
        return partitions(directory).size();
    }

    /** Bytes of segments below this directory. */
    public static long sizeBytes(Path directory) throws IOException {
        long bytes = 0;
        for (Path partition : partitions(directory).keySet()) {
            for (Path segment : StoredLog.segments(partition)) {
                bytes += Files.size(segment);
            }
        }
        return bytes;
    }

    /**
     * Checks the directory.
     *
     * @param isLive whether a broker works there
     * @param progress is told how many bytes more were read, by several threads
     */
    public static Report run(Path directory, Topics topics, boolean isLive, LongConsumer progress) throws IOException {
        return new DirectoryCheck(directory, isLive).run(topics, progress);
    }

    private Report run(Topics topics, LongConsumer progress) throws IOException {
        DirectoryFacts facts = new DirectoryFacts(
                isLive,
                !isLive
                        && !CleanShutdown.isMarked(STORAGE, root)
                        && StoredJournal.files(root).isEmpty(),
                topics,
                checkpoint(OffsetCheckpoint.RECOVERY_POINTS),
                checkpoint("cleaner-offset-checkpoint"),
                journal(),
                Damages.read(STORAGE, root).all(),
                progress);
        checkpoint(OffsetCheckpoint.LOG_STARTS);
        Map<Path, TopicPartition> partitions = partitions(root);
        List<PartitionCheck.Result> results = checkAll(facts, partitions);
        noteLeftovers();
        noteMissing(facts, partitions);
        results.forEach(it -> findings.addAll(it.findings()));
        addKnown(facts);
        findings.sort(Comparator.comparing(Finding::kind));
        return new Report(
                List.copyOf(findings),
                partitions.size(),
                results.stream().mapToLong(PartitionCheck.Result::segmentCount).sum(),
                results.stream().mapToLong(PartitionCheck.Result::batchCount).sum(),
                results.stream().mapToLong(PartitionCheck.Result::sizeBytes).sum());
    }

    private static Map<Path, TopicPartition> partitions(Path root) throws IOException {
        Map<Path, TopicPartition> partitions = new TreeMap<>();
        for (String name : STORAGE.list(root)) {
            Matcher matcher = PARTITION.matcher(name);
            if (matcher.matches() && Files.isDirectory(root.resolve(name))) {
                partitions.put(
                        root.resolve(name), new TopicPartition(matcher.group(1), Integer.parseInt(matcher.group(2))));
            }
        }
        return partitions;
    }

    // ---- partitions

    private List<PartitionCheck.Result> checkAll(DirectoryFacts facts, Map<Path, TopicPartition> partitions)
            throws IOException {
        List<PartitionCheck.Result> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<PartitionCheck.Result>> checks = new ArrayList<>();
            partitions.forEach((path, partition) -> checks.add(threads.submit(() -> check(facts, path, partition))));
            for (Future<PartitionCheck.Result> check : checks) {
                results.add(check.get());
            }
        } catch (ExecutionException e) {
            throw new IOException("could not be checked: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return results;
    }

    /** Of a running broker's partition, what is found only counts if nothing has changed meanwhile. */
    private PartitionCheck.Result check(DirectoryFacts facts, Path path, TopicPartition partition) throws IOException {
        PartitionCheck.Result result = new PartitionCheck.Result(List.of(), 0, 0, 0, -1);
        for (int i = 0; i < TRIES; i++) {
            List<String> before = STORAGE.list(path);
            try {
                result = new PartitionCheck(facts, path, partition, buffers.get()).run();
                if (!isLive || result.findings().isEmpty() || before.equals(STORAGE.list(path))) {
                    return result;
                }
            } catch (NoSuchFileException e) {
                if (!isLive) {
                    throw e;
                }
            }
        }
        return new PartitionCheck.Result(
                List.of(), result.segmentCount(), result.batchCount(), result.sizeBytes(), result.endOffset());
    }

    // ---- the root

    private Map<TopicPartition, Long> checkpoint(String name) throws IOException {
        try {
            return OffsetCheckpoint.read(STORAGE, root, name);
        } catch (GarbledFileException e) {
            findings.add(Finding.note(null, name, "is no checkpoint any more", "will be rebuilt"));
            return Map.of();
        }
    }

    /** By log, the first offset that the journal of an unclean stop has of it; a clean stop makes it worth nothing. */
    private Map<DirectoryFacts.LogKey, Long> journal() throws IOException {
        List<Path> files = StoredJournal.files(root);
        if (isLive || files.isEmpty()) {
            return Map.of();
        }
        if (CleanShutdown.isMarked(STORAGE, root)) {
            findings.add(Finding.note(
                    null, root.relativize(files.getFirst()).toString(), "is left over", "the next start removes it"));
            return Map.of();
        }
        for (JournalReplay.Loss loss : JournalReplay.losses(STORAGE, root)) {
            findings.add(new Finding(
                    Finding.Kind.DAMAGE,
                    null,
                    -1,
                    -1,
                    loss.file(),
                    loss.what() + ": " + loss.entries(),
                    "keep a copy of the file; the next start says which offsets are missing, and goes on without"));
        }
        Map<DirectoryFacts.LogKey, Long> first = new HashMap<>();
        long entryCount = 0;
        for (StoredJournal.Entry entry : StoredJournal.entries(root)) {
            entryCount += entry.kind() == StoredJournal.Kind.MARK ? 0 : 1;
            if (entry.kind() == StoredJournal.Kind.BATCHES) {
                var log = new DirectoryFacts.LogKey(entry.topicId(), entry.partition());
                first.merge(log, entry.firstOffset(), Math::min);
            }
        }
        findings.add(Finding.note(
                null,
                CleanShutdown.FILE_NAME,
                "is missing: the last stop was not clean",
                "the next start takes %d entries from the journal".formatted(entryCount)));
        return first;
    }

    private void noteLeftovers() throws IOException {
        if (isLive) {
            return;
        }
        for (String name : STORAGE.list(root)) {
            if (name.endsWith(DeletedDirectory.SUFFIX)) {
                findings.add(Finding.note(null, name, "is a deleted partition", "the next start removes it"));
            } else if (name.endsWith("-future") || name.endsWith("-stray")) {
                findings.add(Finding.note(null, name, "is a directory that Apache Kafka set aside", "nobody reads it"));
            }
        }
    }

    /** Partitions that had records on disk, and have no directory. */
    private void noteMissing(DirectoryFacts facts, Map<Path, TopicPartition> partitions) {
        facts.recoveryPoints().forEach((partition, end) -> {
            if (end > 0 && !isLive && !partitions.containsValue(partition)) {
                findings.add(Finding.damage(
                        partition.toString(),
                        0,
                        end - 1,
                        partition.toString(),
                        "the partition's directory is missing",
                        "put a copy of it in its place"));
            }
        });
    }

    /** What the broker has found before, unless it was found again. */
    private void addKnown(DirectoryFacts facts) {
        for (Damage damage : facts.known()) {
            boolean isFound = findings.stream()
                    .anyMatch(it -> it.isDamage()
                            && damage.log().directoryName().equals(it.partition())
                            && it.firstOffset() <= damage.lastOffset()
                            && damage.firstOffset() <= it.lastOffset());
            if (!isFound) {
                findings.add(Finding.damage(
                        damage.log().directoryName(),
                        damage.firstOffset(),
                        damage.lastOffset(),
                        damage.file(),
                        damage.what() + " (known to the broker)",
                        "read on from offset " + (damage.lastOffset() + 1)));
            }
        }
    }
}
