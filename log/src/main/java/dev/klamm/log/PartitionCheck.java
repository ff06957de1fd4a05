package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Checks one partition's directory: every batch of every segment, that no offsets are missing between them, and what lies
 * beside the segments. One thread, one use.
 */
final class PartitionCheck {
    private static final Storage STORAGE = ReadOnlyStorage.ofThisMachine();
    private static final String REBUILT = "will be rebuilt";
    private static final String MAKE_ANEW =
            "append a byte to the file while no broker runs: the next start makes it anew";

    private final DirectoryFacts facts;
    private final Path directory;
    private final String name;
    private final TopicPartition partition;
    private final ByteBuffer buffer;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Damage> known;

    /** Where the journal takes over: what segments hold from there on is made anew at the next start. */
    private final OptionalLong journalFrom;

    /** Up to where the segments were synced, exclusive; -1 if that is not known. */
    private final long recoveryPoint;

    private final TransactionIndexCheck transactions;

    private long segmentCount;
    private long batchCount;
    private long sizeBytes;
    private long endOffset = -1;

    /** @param buffer for this check alone while it goes on */
    PartitionCheck(DirectoryFacts facts, Path directory, TopicPartition partition, ByteBuffer buffer) {
        this.facts = facts;
        this.directory = directory;
        this.name = directory.getFileName().toString();
        this.partition = partition;
        this.buffer = buffer;
        Uuid topicId = readTopicId();
        this.journalFrom = facts.journalFrom(topicId, partition.partition());
        this.recoveryPoint = facts.recoveryPoint(partition);
        this.known = facts.known(topicId, partition);
        this.transactions = new TransactionIndexCheck(new LogId(topicId, partition.topic(), partition.partition()));
    }

    /**
     * What came of it.
     *
     * @param endOffset behind the last batch; -1 if there is none
     */
    record Result(List<Finding> findings, long segmentCount, long batchCount, long sizeBytes, long endOffset) {}

    /** @throws NoSuchFileException if a file went away meanwhile, as a running broker's may */
    Result run() throws IOException {
        List<String> names = STORAGE.list(directory);
        List<Path> segments = StoredLog.segments(directory);
        boolean mayHaveGaps = facts.isCompacted(partition) || names.stream().anyMatch(it -> it.endsWith(".swap"));
        if (mayHaveGaps) {
            transactions.isBlind();
        }
        for (int i = 0; i < segments.size(); i++) {
            boolean isLast = i + 1 == segments.size();
            long next = isLast ? Long.MAX_VALUE : StoredLog.baseOffset(segments.get(i + 1));
            checkSegment(segments.get(i), next, mayHaveGaps);
        }
        checkEnd();
        names.forEach(this::checkName);
        if (!facts.isLive()) {
            checkSmallFiles(names);
        }
        return new Result(findings, segmentCount, batchCount, sizeBytes, endOffset);
    }

    // ---- segments

    private void checkSegment(Path segment, long nextBase, boolean mayHaveGaps) throws IOException {
        long base = StoredLog.baseOffset(segment);
        String file = name + "/" + segment.getFileName();
        if (endOffset >= 0 && base > endOffset && !mayHaveGaps) {
            missing(endOffset, base - 1, file, "no segment has these offsets");
        }
        segmentCount++;
        endOffset = base;
        try (Storage.File log = STORAGE.openForReading(segment)) {
            long size = log.size();
            IndexCheck indexes = new IndexCheck(directory, base);
            var check = new SegmentCheck(log, new SegmentCheck.Bounds(base, nextBase), size, buffer);
            boolean isSound = step(check, indexes, size, nextBase == Long.MAX_VALUE, file, mayHaveGaps);
            sizeBytes += check.position();
            facts.progress().accept(check.position());
            if (isSound && !facts.isLive() && !isReplaced(endOffset - 1)) {
                note(file, ".index", indexes.offsetFault());
                note(file, ".timeindex", indexes.timeFault());
                checkTransactions(file, base);
            }
        }
    }

    private void checkTransactions(String segment, long base) throws IOException {
        try {
            String fault = transactions.fault(directory.resolve(Segment.fileName(base, ".txnindex")));
            if (fault != null) {
                findings.add(Finding.note(name, segment.replace(".log", ".txnindex"), fault, MAKE_ANEW));
            }
        } catch (GarbledFileException e) {
            // Told of with the other small files.
            return;
        }
    }

    private void note(String segment, String suffix, @Nullable String fault) {
        if (fault != null) {
            findings.add(Finding.note(name, segment.replace(".log", suffix), fault, REBUILT));
        }
    }

    /** Returns whether there was no damage. */
    private boolean step(
            SegmentCheck check, IndexCheck indexes, long size, boolean isLast, String file, boolean mayHaveGaps)
            throws IOException {
        boolean isSound = true;
        while (check.next() && !(facts.isLive() && endOffset >= recoveryPoint)) {
            DamagedRange damaged = check.damaged();
            if (damaged != null) {
                isSound = false;
                indexes.damaged(damaged.to());
                transactions.isBlind();
                endOffset = Math.max(endOffset, damaged.lastOffset() + 1);
                report(damaged, isLast && damaged.to() == size, file);
                continue;
            }
            ByteBuffer header = check.header();
            long baseOffset = RecordBatchHeader.baseOffset(header, 0);
            if (baseOffset > endOffset && !mayHaveGaps) {
                missing(endOffset, baseOffset - 1, file, "no batch has these offsets");
            }
            batchCount++;
            endOffset = check.lastOffset() + 1;
            long timestampMs = RecordBatchHeader.maxTimestampMs(header, 0);
            transactions.batch(check);
            indexes.batch(check.position(), baseOffset, check.lastOffset(), timestampMs);
        }
        return isSound;
    }

    private void report(DamagedRange damaged, boolean isAtEnd, String file) {
        String what = "bytes %d to %d: %s".formatted(damaged.from(), damaged.to() - 1, damaged.what());
        if (isReplaced(damaged.firstOffset())) {
            findings.add(Finding.note(
                    name, file, what, "the journal has these records, the next start takes them from there"));
        } else if (isAtEnd && facts.mayBeTorn() && damaged.firstOffset() >= recoveryPoint) {
            findings.add(
                    Finding.note(name, file, what, "torn by a stop that was not clean; the next start cuts it off"));
            endOffset = damaged.firstOffset();
        } else if (damaged.isBetweenBatches()) {
            findings.add(Finding.note(name, file, what, "no record is missing; reads pass over it"));
        } else {
            damage(damaged.firstOffset(), damaged.lastOffset(), file, what);
        }
    }

    private boolean isReplaced(long offset) {
        return journalFrom.isPresent() && offset >= journalFrom.getAsLong();
    }

    private void missing(long first, long last, String file, String what) {
        if (!isReplaced(first)) {
            damage(first, last, file, what);
        }
    }

    private void damage(long first, long last, String file, String what) {
        boolean isKnown = known.stream().anyMatch(it -> it.contains(first) && it.contains(last));
        String advice = "put a copy of the file in its place, or read on from offset " + (last + 1);
        findings.add(Finding.damage(name, first, last, file, what + (isKnown ? " (known to the broker)" : ""), advice));
    }

    /** Whether the segments, and the journal behind them, go as far as they were synced once. */
    private void checkEnd() {
        long end = Math.max(endOffset, 0);
        long until = journalFrom.orElse(recoveryPoint);
        if (until > end && !facts.isLive()) {
            String file = name + "/" + Segment.fileName(end, ".log");
            damage(end, until - 1, file, "these records were on disk, and no segment has them");
        }
    }

    // ---- beside the segments

    private Uuid readTopicId() {
        String file = name + "/" + PartitionMetadata.FILE_NAME;
        try {
            Uuid id = SideFiles.topicId(directory).orElse(Uuid.ZERO_UUID);
            if (id.equals(Uuid.ZERO_UUID)) {
                noteTopicId(file, "is missing");
            } else if (facts.isStranger(id, partition)) {
                findings.add(Finding.note(
                        name,
                        file,
                        "topic id %s is not that of topic %s".formatted(id, partition.topic()),
                        "what a deletion left; it goes when the partition is first used"));
            }
            return id.equals(Uuid.ZERO_UUID) ? facts.topicId(partition.topic()) : id;
        } catch (IOException e) {
            noteTopicId(file, "holds no topic id");
            return facts.topicId(partition.topic());
        }
    }

    private void noteTopicId(String file, String what) {
        findings.add(Finding.note(
                name,
                file,
                what,
                "the directory is taken for that of the topic " + partition.topic() + " there is now"));
    }

    private void checkSmallFiles(List<String> names) {
        for (String it : names) {
            if (it.matches("\\d{20}[.]snapshot")) {
                check(it, () -> SideFiles.producers(directory.resolve(it)), REBUILT);
            } else if (it.matches("\\d{20}[.]txnindex")) {
                check(it, () -> SideFiles.transactionIndex(directory.resolve(it)), REBUILT);
            } else if (it.equals(LeaderEpochCheckpoint.FILE_NAME)) {
                check(it, () -> SideFiles.leaderEpochs(directory.resolve(it)), REBUILT);
            }
        }
    }

    private interface Reading {
        Object read() throws IOException;
    }

    private void check(String file, Reading reading, String advice) {
        try {
            reading.read();
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            String what = message.substring(message.indexOf(": ") + 1).strip();
            findings.add(Finding.note(name, name + "/" + file, what, advice));
        }
    }

    private void checkName(String file) {
        if (facts.isLive()) {
            return;
        }
        String advice = null;
        if (file.endsWith(".deleted")) {
            advice = "on its way out; the next start removes it";
        } else if (file.endsWith(".cleaned")) {
            advice = "the beginning of a compaction; the next start removes it";
        } else if (file.endsWith(".swap")) {
            advice = "the outcome of a compaction; the next start puts it in its place";
        } else if (file.endsWith(".tmp")) {
            advice = "the beginning of a small file; it is overwritten";
        }
        if (advice != null) {
            findings.add(Finding.note(name, name + "/" + file, "is left over", advice));
        }
    }
}
