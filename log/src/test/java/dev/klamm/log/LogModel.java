package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.ReadBack.Seen;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** What a log should hold: the batches in order, and how much of it nothing may take away. */
final class LogModel {
    enum Kind {
        PLAIN,
        TRANSACTIONAL,
        COMMIT,
        ABORT;

        boolean isMarker() {
            return this == COMMIT || this == ABORT;
        }
    }

    /**
     * A batch as it was appended; {@code sequence} is -1 if its producer is not idempotent. A marker has one record, which
     * has no more than a timestamp.
     */
    record Batch(long baseOffset, List<Seen> records, long producerId, short epoch, int sequence, Kind kind) {
        static Batch plain(long baseOffset, List<Seen> records, long producerId, int sequence) {
            return new Batch(baseOffset, records, producerId, (short) 0, sequence, Kind.PLAIN);
        }

        static Batch marker(long offset, long timestampMs, long producerId, short epoch, boolean isCommit) {
            List<Seen> record = List.of(new Seen(offset, timestampMs, -1, -1, -1));
            return new Batch(offset, record, producerId, epoch, -1, isCommit ? Kind.COMMIT : Kind.ABORT);
        }

        long endOffset() {
            return baseOffset + records.size();
        }

        /** As a producer sends it. */
        ByteBuffer toBytes() {
            SimpleRecord[] simple = records.stream()
                    .map(seen -> new SimpleRecord(seen.timestampMs(), seen.keyBytes(), seen.valueBytes()))
                    .toArray(SimpleRecord[]::new);
            MemoryRecords built = switch (kind) {
                case PLAIN ->
                    sequence < 0
                            ? MemoryRecords.withRecords(Compression.NONE, simple)
                            : MemoryRecords.withIdempotentRecords(
                                    Compression.NONE, producerId, epoch, sequence, simple);
                case TRANSACTIONAL ->
                    MemoryRecords.withTransactionalRecords(Compression.NONE, producerId, epoch, sequence, simple);
                case COMMIT, ABORT ->
                    MemoryRecords.withEndTransactionMarker(
                            producerId, epoch, new EndTransactionMarker(ControlRecordType.COMMIT, 0));
            };
            return built.buffer();
        }
    }

    final LogId id;
    private LogConfig config;
    private boolean mayBeCompacted;
    private final List<Batch> batches = new ArrayList<>();

    /** Below it, nothing is lost if the process dies. */
    private long writtenEnd;

    /** Below it, nothing is lost if the power is cut. */
    private long syncedEnd;

    /** Below it there may be records that were visible once they were written. */
    private long relaxedEnd;

    /** As acknowledged, and as wished: a deletion that was not acknowledged may have happened or not. */
    private long startOffset;

    private long wantedStart;

    LogModel(LogId id, LogConfig config) {
        this.id = id;
        this.config = config;
        this.mayBeCompacted = config.cleanup().compact();
    }

    LogConfig config() {
        return config;
    }

    /** Records that have a later one of their key, and tombstones, may be gone. */
    boolean mayBeCompacted() {
        return mayBeCompacted;
    }

    void reconfigure(LogConfig newConfig) {
        if (config.flushMessages() != 1) {
            relaxedEnd = endOffset();
        }
        config = newConfig;
        mayBeCompacted |= newConfig.cleanup().compact();
    }

    // ---- what happened

    void add(Batch batch) {
        batches.add(batch);
    }

    void written(long endOffset) {
        writtenEnd = Math.max(writtenEnd, endOffset);
    }

    void synced(long endOffset) {
        written(endOffset);
        syncedEnd = Math.max(syncedEnd, endOffset);
    }

    /** A consumer has seen it: it must not be un-read. */
    void consumed(long endOffset) {
        if (config.flushMessages() == 1 && endOffset > relaxedEnd) {
            synced(endOffset);
        } else {
            written(endOffset);
        }
    }

    void wantStart(long offset) {
        wantedStart = Math.max(startOffset, offset);
    }

    void refuseStart() {
        wantedStart = startOffset;
    }

    void startAcknowledged() {
        startOffset = wantedStart;
        // The journal is in order: what is below a durable start is durable.
        synced(startOffset);
    }

    /** Retention has come this far, at most to where it {@link #wantStart}. */
    void retainedFrom(long offset) {
        assertThat(offset).as("start of %s", id).isBetween(startOffset, Math.max(startOffset, wantedStart));
        if (offset > startOffset) {
            SimulatedDisk.note("retention of %s up to %d".formatted(this, offset));
        }
        wantedStart = offset;
        startAcknowledged();
    }

    // ---- what must be

    long endOffset() {
        return batches.isEmpty() ? 0 : batches.getLast().endOffset();
    }

    long startOffset() {
        return startOffset;
    }

    long syncedEnd() {
        return syncedEnd;
    }

    /** Up to where retention may delete: what is older than its age, or what leaves enough behind. */
    long retentionLimit(long nowMs) {
        LogConfig.Cleanup cleanup = config.cleanup();
        long byAge = startOffset;
        long bySize = startOffset;
        if (cleanup.delete()) {
            for (Seen record : recordsFrom(startOffset, true)) {
                if (cleanup.retentionMs() < 0 || nowMs - record.timestampMs() <= cleanup.retentionMs()) {
                    break;
                }
                byAge = record.offset() + 1;
            }
            long bytes = 0;
            for (Batch batch : batches.reversed()) {
                if (cleanup.retentionBytes() >= 0 && bytes >= cleanup.retentionBytes()) {
                    bySize = Math.max(bySize, batch.endOffset());
                    break;
                }
                bytes += batch.toBytes().remaining();
            }
        }
        return Math.max(byAge, bySize);
    }

    List<Seen> recordsFrom(long offset) {
        return recordsFrom(offset, false);
    }

    /** Without the markers behind the last record. */
    long endOfRecordsBelow(long offset) {
        long end = 0;
        for (Seen record : recordsFrom(0)) {
            end = record.offset() < offset ? record.offset() + 1 : end;
        }
        return end;
    }

    private List<Seen> recordsFrom(long offset, boolean withMarkers) {
        List<Seen> from = new ArrayList<>();
        for (Batch batch : batches) {
            if (batch.endOffset() > offset && (withMarkers || !batch.kind.isMarker())) {
                for (Seen record : batch.records) {
                    if (record.offset() >= offset) {
                        from.add(record);
                    }
                }
            }
        }
        return from;
    }

    /** Compares what was found from {@code offset} up to {@code end} with what has to be there. */
    void expect(List<Seen> found, long offset, long end) {
        expect(
                found,
                offset,
                end,
                recordsFrom(offset).stream().filter(seen -> seen.offset() < end).toList());
    }

    /** The same of what readers of committed records found. */
    void expectCommitted(List<Seen> found, long offset, long end) {
        for (Transaction open : transactions().open) {
            assertThat(open.firstOffset < startOffset || end <= Math.max(offset, open.firstOffset))
                    .as("read up to %d over %s of %s", end, open, this)
                    .isTrue();
        }
        Set<Long> aborted = transactions().abortedOffsets;
        expect(
                found,
                offset,
                end,
                recordsFrom(offset).stream()
                        .filter(seen -> seen.offset() < end && !aborted.contains(seen.offset()))
                        .toList());
    }

    private void expect(List<Seen> found, long offset, long end, List<Seen> expected) {
        if (!mayBeCompacted) {
            assertThat(found).as("from %d of %s", offset, this).isEqualTo(expected);
            return;
        }
        Set<Seen> there = new HashSet<>(found);
        Set<Long> aborted = transactions().abortedOffsets;
        if (!found.isEmpty()) {
            // Nothing may be left of records that were all aborted.
            assertThat(expected).as("from %d of %s", offset, this).containsSubsequence(found);
        }
        Set<Integer> laterKeys = recordsFrom(end).stream().map(Seen::key).collect(Collectors.toSet());
        Set<Integer> keysThatAreGone = new HashSet<>();
        for (Seen record : expected.reversed()) {
            if (aborted.contains(record.offset())) {
                continue;
            }
            boolean isTombstone = record.size() < 0;
            if (there.contains(record)) {
                assertThat(keysThatAreGone)
                        .as("%s came back in %s", record, this)
                        .doesNotContain(record.key());
            } else if (isTombstone && !laterKeys.contains(record.key())) {
                keysThatAreGone.add(record.key());
            } else if (!isTombstone) {
                assertThat(laterKeys)
                        .as("later keys than %s, which is gone from %s", record, this)
                        .contains(record.key());
            }
            laterKeys.add(record.key());
        }
    }

    Optional<Seen> firstAtOrAfter(long timestampMs) {
        return recordsFrom(startOffset, true).stream()
                .filter(record -> record.timestampMs() >= timestampMs)
                .findFirst();
    }

    // ---- transactions

    /** One that is open; its first offset may be deleted by now. */
    record Transaction(long producerId, short epoch, long firstOffset, int nextSequence) {}

    private record Transactions(List<Transaction> open, Set<Long> abortedOffsets) {}

    private Transactions transactions() {
        return transactions(Long.MAX_VALUE);
    }

    /** As if the log ended there. */
    private Transactions transactions(long end) {
        Map<Long, List<Batch>> open = new LinkedHashMap<>();
        Set<Long> abortedOffsets = new HashSet<>();
        for (Batch batch : batches.stream().filter(it -> it.baseOffset < end).toList()) {
            switch (batch.kind) {
                case PLAIN -> {}
                case TRANSACTIONAL ->
                    open.computeIfAbsent(batch.producerId, _ -> new ArrayList<>())
                            .add(batch);
                case COMMIT -> open.remove(batch.producerId);
                case ABORT -> {
                    for (Batch gone : Objects.requireNonNullElse(open.remove(batch.producerId), List.<Batch>of())) {
                        gone.records.forEach(record -> abortedOffsets.add(record.offset()));
                    }
                }
            }
        }
        return new Transactions(
                open.values().stream().map(LogModel::transaction).toList(), abortedOffsets);
    }

    private static Transaction transaction(List<Batch> of) {
        Batch last = of.getLast();
        return new Transaction(
                last.producerId, last.epoch, of.getFirst().baseOffset, last.sequence + last.records.size());
    }

    Optional<Transaction> openTransaction(long producerId) {
        return transactions().open.stream()
                .filter(transaction -> transaction.producerId == producerId)
                .findFirst();
    }

    /** The greatest of the epochs of all batches and markers of the producer that are left; -1 if there is none. */
    short lastEpoch(long producerId) {
        short last = -1;
        for (Batch batch : batches) {
            last = batch.producerId == producerId && batch.epoch > last ? batch.epoch : last;
        }
        return last;
    }

    /** Where readers of committed records have to stop if what is below {@code end} is durable; empty if it is not certain. */
    Optional<Long> lastStableOffset(long end) {
        long first = end;
        for (Transaction open : transactions(end).open) {
            if (open.firstOffset < startOffset) {
                // What was deleted of it may have been all that told of it.
                return Optional.empty();
            }
            first = Math.min(first, open.firstOffset);
        }
        return Optional.of(first);
    }

    /** The newest batch of a producer, deleted or not. */
    Optional<Batch> newestOf(long producerId) {
        return batches.reversed().stream()
                .filter(batch -> batch.producerId == producerId)
                .findFirst();
    }

    /** After a crash: batches that were not acknowledged may be gone, from the end; what is found stays. */
    void foundAfterCrash(long start, long end, boolean powerWasCut) {
        assertThat(end).as("end of %s", id).isBetween(powerWasCut ? syncedEnd : writtenEnd, endOffset());
        assertThat(start).as("start of %s", id).isBetween(startOffset, Math.max(startOffset, wantedStart));
        startOffset = start;
        wantedStart = start;
        batches.removeIf(batch -> batch.baseOffset >= end);
        assertThat(endOffset()).as("end of a batch of %s", id).isEqualTo(end);
        writtenEnd = end;
        syncedEnd = end;
        relaxedEnd = Math.min(relaxedEnd, end);
    }

    @Override
    public String toString() {
        return "%s [%d, %d), written to %d, synced to %d, flush.messages=%d"
                .formatted(id, startOffset, endOffset(), writtenEnd, syncedEnd, config.flushMessages());
    }
}
