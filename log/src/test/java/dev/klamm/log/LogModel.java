package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.ReadBack.Seen;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** What a log should hold: the batches in order, and how much of it nothing may take away. */
final class LogModel {
    /** A batch as it was appended; {@code sequence} is -1 if its producer is not idempotent. */
    record Batch(long baseOffset, List<Seen> records, long producerId, int sequence) {
        long endOffset() {
            return baseOffset + records.size();
        }

        /** As a producer sends it. */
        ByteBuffer toBytes() {
            SimpleRecord[] simple = records.stream()
                    .map(seen -> new SimpleRecord(seen.timestampMs(), seen.keyBytes(), seen.valueBytes()))
                    .toArray(SimpleRecord[]::new);
            MemoryRecords built = sequence < 0
                    ? MemoryRecords.withRecords(Compression.NONE, simple)
                    : MemoryRecords.withIdempotentRecords(Compression.NONE, producerId, (short) 0, sequence, simple);
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
            for (Seen record : recordsFrom(startOffset)) {
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
        List<Seen> from = new ArrayList<>();
        for (Batch batch : batches) {
            if (batch.endOffset() > offset) {
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
        List<Seen> expected =
                recordsFrom(offset).stream().filter(seen -> seen.offset() < end).toList();
        if (!mayBeCompacted) {
            assertThat(found).as("from %d of %s", offset, this).isEqualTo(expected);
            return;
        }
        Set<Seen> there = new HashSet<>(found);
        assertThat(expected).as("from %d of %s", offset, this).containsSubsequence(found);
        Set<Integer> laterKeys = recordsFrom(end).stream().map(Seen::key).collect(Collectors.toSet());
        Set<Integer> keysThatAreGone = new HashSet<>();
        for (Seen record : expected.reversed()) {
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
        return recordsFrom(startOffset).stream()
                .filter(record -> record.timestampMs() >= timestampMs)
                .findFirst();
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
