package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Reads a segment from its beginning, as many whole batches at a time as fit, and passes none on whose CRC is wrong:
 * compaction must neither spread damage nor take it for something that may go.
 */
final class VerifiedBatches {
    private final Segment segment;
    private final Storage.File file;
    private final long endOffset;
    private final long sizeBytes;
    private final int maxLeaderEpoch;
    private ByteBuffer buffer;
    private long position;
    private long expectedOffset;

    /** The segment holds damage; it is not passed. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1;

        private final String file;
        private final transient List<DamagedRange> ranges;

        DamagedException(Segment segment, List<DamagedRange> ranges) {
            super("%s is damaged: %s".formatted(segment, ranges));
            this.file = segment.fileName();
            this.ranges = ranges;
        }

        /** The same as findings of a log. */
        List<Damage> damages(LogId log) {
            return ranges.stream().map(range -> range.of(log, file)).toList();
        }
    }

    /** @param endOffset behind the segment: where the next one begins */
    VerifiedBatches(Segment segment, long endOffset, ByteBuffer buffer) throws IOException {
        this.segment = segment;
        this.file = segment.file();
        this.endOffset = endOffset;
        this.sizeBytes = segment.sizeBytes();
        this.maxLeaderEpoch = bounds().maxLeaderEpoch();
        this.expectedOffset = segment.baseOffset();
        this.buffer = buffer;
    }

    /**
     * The next batches, valid until the next call; nothing remains in what it gives at the end of the segment.
     *
     * @throws DamagedException if what follows is no good batch
     */
    ByteBuffer next() throws IOException {
        int whole = 0;
        while (whole == 0 && position < sizeBytes) {
            fill();
            whole = verified();
        }
        position += whole;
        return buffer.limit(whole);
    }

    private void fill() throws IOException {
        buffer.clear().limit((int) Math.min(buffer.capacity(), sizeBytes - position));
        int wanted = buffer.limit();
        if (file.read(buffer, position) < wanted) {
            throw new IOException("%s ends before byte %d".formatted(segment, position + wanted));
        }
        buffer.flip();
    }

    /** How many bytes of the buffer are whole, good batches; if there is none, the buffer has grown to hold one. */
    private int verified() throws IOException {
        int at = 0;
        while (at < buffer.limit()) {
            int next = RecordBatchHeader.nextBatch(buffer, at);
            if (next == RecordBatchHeader.CUT_SHORT && buffer.limit() < sizeBytes - position) {
                growFor(at);
                return at;
            }
            if (next < 0 || !isGood(at)) {
                throw new DamagedException(segment, damage());
            }
            expectedOffset = RecordBatchHeader.lastOffset(buffer, at) + 1;
            at = next;
        }
        return at;
    }

    /** Makes room for a batch that is larger than the buffer, if it is one: a wrong length may claim anything. */
    private void growFor(int at) throws IOException {
        if (at > 0) {
            return;
        }
        ByteBuffer window = ByteBuffer.allocate(SegmentCheck.BUFFER_BYTES);
        SegmentCheck check = new SegmentCheck(file, bounds(), sizeBytes, window).startAt(position, expectedOffset);
        if (!check.next() || check.damaged() != null) {
            throw new DamagedException(segment, damage());
        }
        buffer = ByteBuffer.allocate(RecordBatchHeader.sizeInBytes(check.header(), 0))
                .limit(0);
    }

    private boolean isGood(int at) {
        long lastOffset = RecordBatchHeader.lastOffset(buffer, at);
        return RecordBatchHeader.baseOffset(buffer, at) >= expectedOffset
                && lastOffset >= RecordBatchHeader.baseOffset(buffer, at)
                && lastOffset < endOffset
                && RecordBatchHeader.leaderEpoch(buffer, at) >= -1
                && RecordBatchHeader.leaderEpoch(buffer, at) <= maxLeaderEpoch
                && RecordBatchHeader.crcIsRight(buffer, at);
    }

    private List<DamagedRange> damage() throws IOException {
        return SegmentCheck.all(file, bounds(), sizeBytes);
    }

    private SegmentCheck.Bounds bounds() {
        return segment.boundsUpTo(endOffset);
    }
}
