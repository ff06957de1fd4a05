package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Steps through a segment's {@code .log} file, and verifies each batch: its length, magic, offsets and CRC-32C. What is
 * no good batch is a {@link DamagedRange}; stepping goes on at the next byte where a whole batch with a right CRC and a
 * plausible offset begins. Memory is one buffer, whatever lengths the file claims.
 *
 * <pre>{@code
 * while (check.next()) {
 *     DamagedRange damaged = check.damaged();
 *     if (damaged == null) {
 *         RecordBatchHeader.lastOffset(check.header(), 0) ...
 *     }
 * }
 * }</pre>
 *
 * <p>The CRC leaves out a batch's base offset. It has to be at or behind the end of the batch before it, and a batch that
 * seems to come too late is compared with the next one. Offsets that are missing between batches are no damage:
 * compaction leaves such gaps.
 */
final class SegmentCheck {
    /** A good size for the buffer. */
    static final int BUFFER_BYTES = 64 << 10;

    /** In trusted bytes only headers are looked at. */
    private static final int TRUSTED_WINDOW_BYTES = 4 << 10;

    /** How much is read to find the end of one damage, besides the damage: false beginnings may claim any length. */
    private static final long RESYNC_BYTES = 256 << 20;

    /**
     * What a segment may hold: others than these are wrong.
     *
     * @param endOffset exclusive: where the next segment or the log's unwritten part begins; MAX_VALUE if not known
     * @param maxLeaderEpoch the CRC leaves it out too; MAX_VALUE if not known
     */
    record Bounds(long baseOffset, long endOffset, int maxLeaderEpoch) {
        Bounds(long baseOffset, long endOffset) {
            this(baseOffset, endOffset, Integer.MAX_VALUE);
        }

        Bounds withoutEnd() {
            return new Bounds(baseOffset, Long.MAX_VALUE, maxLeaderEpoch);
        }

        /** Indexes hold offsets as the distance from the base, in 31 bits. */
        long limit() {
            return Math.min(endOffset, baseOffset + Integer.MAX_VALUE + 1L);
        }

        boolean endIsKnown() {
            return endOffset != Long.MAX_VALUE;
        }
    }

    private final Storage.File file;
    private final Bounds bounds;
    private final long end;
    private final ByteBuffer window;
    private final ByteBuffer header = ByteBuffer.allocate(RecordBatchHeader.SIZE);
    private final CRC32C crc = new CRC32C();

    private long windowPosition;
    private long trustedFrom;
    private long trustedTo;
    private long position;
    private long stepBytes;
    private long expectedOffset;
    private @Nullable DamagedRange damaged;

    /** Of two batches that overlap behind a gap either may be wrong: then both count as damaged. */
    private long doubtfulTo;

    /**
     * Begins at the start of the file.
     *
     * @param end the file's size, or up to where it is to be looked at; a batch that goes on beyond is damaged
     * @param buffer for this check alone while it goes on; of at least some kilobytes
     */
    SegmentCheck(Storage.File file, Bounds bounds, long end, ByteBuffer buffer) {
        this.file = file;
        this.bounds = bounds;
        this.end = end;
        this.window = buffer.clear().limit(0);
        this.expectedOffset = bounds.baseOffset();
    }

    /** All damage of a segment file of this size. */
    static List<DamagedRange> all(Storage.File file, Bounds bounds, long sizeBytes) throws IOException {
        List<DamagedRange> all = new ArrayList<>();
        SegmentCheck check = new SegmentCheck(file, bounds, sizeBytes, ByteBuffer.allocateDirect(BUFFER_BYTES));
        while (check.next()) {
            if (check.damaged != null) {
                all.add(check.damaged);
            }
        }
        return all;
    }

    /** Goes on at {@code newPosition}, where a batch begins that has no offset below {@code newExpectedOffset}. */
    SegmentCheck startAt(long newPosition, long newExpectedOffset) {
        position = newPosition;
        stepBytes = 0;
        expectedOffset = newExpectedOffset;
        return this;
    }

    /**
     * Goes on at {@code newPosition} if a batch with this last offset begins there, by its header.
     *
     * @return whether it does; if not, nothing has changed
     */
    boolean startAtBatch(long newPosition, long lastOffset) throws IOException {
        if (newPosition < 0 || end - newPosition < RecordBatchHeader.SIZE) {
            return false;
        }
        readHeader(newPosition);
        long baseOffset = RecordBatchHeader.baseOffset(header, 0);
        boolean isThere = RecordBatchHeader.magic(header, 0) == RecordBatchHeader.MAGIC_2
                && sizeIsPlausible(newPosition)
                && lastOffset() == lastOffset
                && bounds.baseOffset() <= baseOffset
                && baseOffset <= lastOffset;
        if (isThere) {
            startAt(newPosition, baseOffset);
        }
        return isThere;
    }

    /** Whether the next step leads to what ends at {@code limit} or before; also if it can't be told from its length. */
    boolean nextEndsBy(long limit) throws IOException {
        long next = endPosition();
        if (end - next < RecordBatchHeader.SIZE) {
            return true;
        }
        readHeader(next);
        return !sizeIsPlausible(next) || next + RecordBatchHeader.sizeInBytes(header, 0) <= limit;
    }

    /** Leaves out the CRC of batches that lie in this range of bytes: they have been verified. */
    SegmentCheck trust(long from, long to) {
        trustedFrom = from;
        trustedTo = to;
        return this;
    }

    /** Steps on the next good batch or damaged range; false at the end. */
    boolean next() throws IOException {
        position += stepBytes;
        stepBytes = 0;
        damaged = null;
        if (position >= end) {
            return false;
        }
        String fault = faultAt(position);
        doubtfulTo = position;
        if (fault == null) {
            fault = faultOfGap();
        }
        if (fault == null) {
            stepBytes = RecordBatchHeader.sizeInBytes(header, 0);
            expectedOffset = lastOffset() + 1;
        } else {
            damaged = measure(fault);
            stepBytes = damaged.to() - position;
        }
        return true;
    }

    /** What is wrong with the bytes that this stands on; null if it is a good batch. */
    @Nullable
    DamagedRange damaged() {
        return damaged;
    }

    /** Where the batch or the damage begins in the file; after the end, where it ended. */
    long position() {
        return position;
    }

    /** The byte behind the batch or the damage. */
    long endPosition() {
        return position + stepBytes;
    }

    /** The offset behind the last good batch stepped on, or the one begun with. */
    long expectedOffset() {
        return expectedOffset;
    }

    /** The header of the good batch that this stands on, at position 0; overwritten by the next step. */
    ByteBuffer header() {
        return header;
    }

    long lastOffset() {
        return RecordBatchHeader.lastOffset(header, 0);
    }

    /** The whole batch that this stands on, in a buffer of its own. */
    ByteBuffer batch() throws IOException {
        ByteBuffer batch = ByteBuffer.allocate((int) stepBytes);
        file.read(batch, position);
        return batch.flip();
    }

    // ---- one batch

    /** What is wrong with the batch at this position, whose header is left in {@code header}; null if nothing is. */
    private @Nullable String faultAt(long at) throws IOException {
        if (end - at < RecordBatchHeader.SIZE) {
            return "%d bytes are no batch".formatted(end - at);
        }
        readHeader(at);
        if (RecordBatchHeader.magic(header, 0) != RecordBatchHeader.MAGIC_2) {
            return "the magic is %d".formatted(RecordBatchHeader.magic(header, 0));
        }
        if (!sizeIsPlausible(at)) {
            return "the length is %d".formatted(RecordBatchHeader.length(header, 0));
        }
        if (!isTrusted(at) && !crcIsRight(at)) {
            return "the CRC is wrong";
        }
        if (!offsetsArePlausible(header, 0)) {
            return "the offsets are %d to %d".formatted(RecordBatchHeader.baseOffset(header, 0), lastOffset());
        }
        int leaderEpoch = RecordBatchHeader.leaderEpoch(header, 0);
        return leaderEpoch < -1 || leaderEpoch > bounds.maxLeaderEpoch()
                ? "the leader epoch is %d".formatted(leaderEpoch)
                : null;
    }

    private void readHeader(long at) throws IOException {
        if (at < windowPosition || at + RecordBatchHeader.SIZE > windowPosition + window.limit()) {
            fillWindow(at, at >= trustedFrom && at < trustedTo ? TRUSTED_WINDOW_BYTES : window.capacity());
        }
        header.put(0, window, (int) (at - windowPosition), RecordBatchHeader.SIZE);
    }

    private void fillWindow(long at, int bytes) throws IOException {
        window.clear().limit((int) Math.min(Math.min(bytes, window.capacity()), end - at));
        int wanted = window.limit();
        int read = file.read(window, at);
        if (read < wanted) {
            throw new IOException("the file ends at byte %d, %d were expected".formatted(at + read, end));
        }
        window.flip();
        windowPosition = at;
    }

    private boolean sizeIsPlausible(long at) {
        long size = RecordBatchHeader.LENGTH_OVERHEAD + (long) RecordBatchHeader.length(header, 0);
        return size >= RecordBatchHeader.SIZE && size <= end - at;
    }

    private boolean offsetsArePlausible(ByteBuffer buffer, int at) {
        long baseOffset = RecordBatchHeader.baseOffset(buffer, at);
        int delta = RecordBatchHeader.lastOffsetDelta(buffer, at);
        // The difference can't overflow: both are below the limit.
        return baseOffset >= expectedOffset
                && baseOffset < bounds.limit()
                && delta >= 0
                && delta < bounds.limit() - baseOffset;
    }

    private boolean isTrusted(long at) {
        return at >= trustedFrom && at + RecordBatchHeader.sizeInBytes(header, 0) <= trustedTo;
    }

    private boolean crcIsRight(long at) throws IOException {
        long from = at + RecordBatchHeader.ATTRIBUTES;
        long to = at + RecordBatchHeader.sizeInBytes(header, 0);
        crc.reset();
        while (from < to) {
            if (from < windowPosition || from >= windowPosition + window.limit()) {
                fillWindow(from, window.capacity());
            }
            int start = (int) (from - windowPosition);
            int count = (int) Math.min(to - from, window.limit() - start);
            crc.update(window.slice(start, count));
            from += count;
        }
        return RecordBatchHeader.crc(header, 0) == crc.getValue();
    }

    /**
     * A base offset that is too great looks like a gap before the batch, and runs into the batch behind. If that one
     * follows without the gap, this one is wrong.
     */
    private @Nullable String faultOfGap() throws IOException {
        long baseOffset = RecordBatchHeader.baseOffset(header, 0);
        long next = position + RecordBatchHeader.sizeInBytes(header, 0);
        if (baseOffset == expectedOffset || end - next < RecordBatchHeader.SIZE) {
            return null;
        }
        long lastOffset = lastOffset();
        long endWithoutGap = expectedOffset + (lastOffset - baseOffset) + 1;
        readHeader(next);
        boolean overlaps = RecordBatchHeader.baseOffset(header, 0) <= lastOffset && faultAt(next) == null;
        if (overlaps && RecordBatchHeader.baseOffset(header, 0) != endWithoutGap) {
            doubtfulTo = next + RecordBatchHeader.sizeInBytes(header, 0);
        }
        readHeader(position);
        return overlaps ? "the base offset is %d, which runs into the next batch".formatted(baseOffset) : null;
    }

    // ---- damage

    private DamagedRange measure(String fault) throws IOException {
        long lastClaimed = lastClaimed();
        long to = resync();
        long lastOffset;
        if (to < end) {
            readHeader(to);
            lastOffset = RecordBatchHeader.baseOffset(header, 0) - 1;
        } else {
            lastOffset = bounds.endIsKnown() ? bounds.endOffset() - 1 : lastClaimed;
        }
        return new DamagedRange(expectedOffset, lastOffset, position, to, fault);
    }

    /** The last offset that the damaged header itself names, if it can be believed, or else the first that is missing. */
    private long lastClaimed() throws IOException {
        if (end - position < RecordBatchHeader.SIZE) {
            return expectedOffset;
        }
        readHeader(position);
        boolean isBelieved =
                RecordBatchHeader.baseOffset(header, 0) == expectedOffset && offsetsArePlausible(header, 0);
        return isBelieved ? lastOffset() : expectedOffset;
    }

    /** Where the damage at {@code position} ends: at a good batch, or at the end of the file. */
    private long resync() throws IOException {
        if (end - position < RecordBatchHeader.SIZE) {
            return end;
        }
        // Where the damaged batch says that it ends, if that is right: its records could hold a batch of somebody's.
        readHeader(position);
        if (sizeIsPlausible(position)) {
            long claimed = Math.max(doubtfulTo, position + RecordBatchHeader.sizeInBytes(header, 0));
            boolean isLast = claimed == end && RecordBatchHeader.baseOffset(header, 0) == expectedOffset;
            if (isLast || (claimed < end && faultAt(claimed) == null)) {
                return claimed;
            }
        }
        return search(Math.max(doubtfulTo, position + 1));
    }

    /** The first byte from here on where a good batch begins. */
    private long search(long from) throws IOException {
        long budget = RESYNC_BYTES;
        for (long at = from; end - at >= RecordBatchHeader.SIZE; ) {
            fillWindow(at, window.capacity());
            long filledFrom = windowPosition;
            int last = window.limit() - RecordBatchHeader.SIZE;
            int found = candidate(0, last);
            if (found > last) {
                at = filledFrom + last + 1;
                continue;
            }
            at = filledFrom + found;
            budget -= RecordBatchHeader.sizeInBytes(window, found) + (long) window.capacity();
            if (budget < 0) {
                return end;
            }
            if (faultAt(at) == null) {
                return at;
            }
            at++;
        }
        return end;
    }

    /** The first index in the window, from {@code from} to {@code last}, that looks like a header; beyond last if none. */
    private int candidate(int from, int last) {
        int at = from;
        while (at <= last && !looksLikeHeader(at)) {
            at++;
        }
        return at;
    }

    private boolean looksLikeHeader(int at) {
        if (RecordBatchHeader.magic(window, at) != RecordBatchHeader.MAGIC_2) {
            return false;
        }
        long size = RecordBatchHeader.LENGTH_OVERHEAD + (long) RecordBatchHeader.length(window, at);
        return size >= RecordBatchHeader.SIZE
                && size <= end - windowPosition - at
                && offsetsArePlausible(window, at)
                && RecordBatchHeader.count(window, at) >= 0
                && RecordBatchHeader.count(window, at) <= RecordBatchHeader.lastOffsetDelta(window, at) + 1L;
    }
}
