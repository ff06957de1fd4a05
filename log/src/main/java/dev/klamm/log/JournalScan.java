package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What one journal file holds: the good frames, and where good frames come again behind bad ones. Positions are bytes in
 * the file, ends are exclusive.
 *
 * <p>A frame is good if its checksum is right and it begins with the lsn expected at its place. Where there is none, every
 * byte behind is tried as the beginning of a later frame; marks stand apart by themselves. Found frames tell, by their synced lsn, whether what is missing was synced:
 * see {@link #cutWhatWasNeverSynced}.
 */
final class JournalScan {
    /** So much is read and checked in vain, at most, behind bad frames; only forged contents come near it. */
    private static final long MAX_SEARCH_BYTES = 1L << 30;

    private static final int WINDOW_BYTES = 1 << 20;

    /** Consecutive good frames. */
    record Run(long position, long endPosition, long firstLsn, long endLsn) {}

    /** What lies between two runs, or behind the last one. No entry is missing if its lsns are equal. */
    record Gap(long position, long endPosition, long firstLsn, long endLsn) {
        boolean lostEntries() {
            return firstLsn < endLsn;
        }
    }

    private final JournalFile file;
    private final long boundLsn;
    private final long sizeBytes;
    private final ByteBuffer header = ByteBuffer.allocate(JournalFrame.HEADER_BYTES);
    private final List<Run> runs = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private ByteBuffer scratch = ByteBuffer.allocate(1 << 16);
    private long position = JournalFile.HEADER_BYTES;
    private long endLsn;
    private long syncedLsn;
    private long checkpointLsn;
    private long searchBytesLeft = MAX_SEARCH_BYTES;

    private JournalScan(JournalFile file, long boundLsn) throws IOException {
        this.file = file;
        this.boundLsn = boundLsn;
        this.sizeBytes = file.file().size();
        this.endLsn = file.startLsn();
        this.checkpointLsn = file.header().checkpointLsn();
    }

    /**
     * Reads a file.
     *
     * @param boundLsn where the next file begins, or {@link Long#MAX_VALUE} for the newest: frames at or beyond it are what a
     *     torn round left, and are not looked at
     */
    static JournalScan of(JournalFile file, long boundLsn) throws IOException {
        JournalScan scan = new JournalScan(file, boundLsn);
        scan.stepThrough();
        return scan;
    }

    private void stepThrough() throws IOException {
        while (true) {
            readRun();
            long badPosition = position;
            if (endLsn >= boundLsn || !findNextGoodFrame()) {
                if (boundLsn < Long.MAX_VALUE && endLsn < boundLsn) {
                    gaps.add(new Gap(badPosition, sizeBytes, endLsn, boundLsn));
                }
                return;
            }
            long foundLsn = JournalFrame.firstLsn(header);
            gaps.add(new Gap(badPosition, position, endLsn, foundLsn));
            endLsn = foundLsn;
        }
    }

    private void readRun() throws IOException {
        long startPosition = position;
        long startLsn = endLsn;
        while (endLsn < boundLsn && frameIsGoodAt(position, endLsn)) {
            position += JournalFrame.HEADER_BYTES + JournalFrame.entriesBytes(header);
            endLsn += JournalFrame.entryCount(header);
            syncedLsn = Math.max(syncedLsn, JournalFrame.syncedLsn(header));
            checkpointLsn = Math.max(checkpointLsn, JournalFrame.checkpointLsn(header));
        }
        if (position > startPosition) {
            runs.add(new Run(startPosition, position, startLsn, endLsn));
        }
    }

    /** Leaves the frame's header in {@code header}. */
    private boolean frameIsGoodAt(long at, long lsn) throws IOException {
        long left = sizeBytes - at - JournalFrame.HEADER_BYTES;
        if (left < 0) {
            return false;
        }
        file.file().read(header.clear(), at);
        header.flip();
        return JournalFrame.isPlausible(header, 0, lsn, lsn, left) && crcIsRight(at);
    }

    private boolean crcIsRight(long at) throws IOException {
        CRC32C crc = JournalFrame.crcOfHeader(file.header().salt(), header);
        crc.update(entriesAt(at));
        return JournalFrame.crcIsRight(header, crc);
    }

    private ByteBuffer entriesAt(long at) throws IOException {
        int bytes = JournalFrame.entriesBytes(header);
        if (scratch.capacity() < bytes) {
            scratch = ByteBuffer.allocate(Math.max(bytes, 2 * scratch.capacity()));
        }
        file.file().read(scratch.clear().limit(bytes), at + JournalFrame.HEADER_BYTES);
        return scratch.flip();
    }

    /** Moves {@code position} on to a good frame behind the bad one there, and leaves its header; or says there is none. */
    private boolean findNextGoodFrame() throws IOException {
        long badPosition = position;
        ByteBuffer window = ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, Math.max(0, sizeBytes - badPosition)));
        for (long windowPosition = badPosition; ; ) {
            file.file().read(window.clear(), windowPosition);
            window.flip();
            int starts = window.limit() - JournalFrame.HEADER_BYTES + 1;
            for (int i = 0; i < starts; i++) {
                if (mayBeFrame(window, i, windowPosition + i, badPosition) && frameIsGoodBehind(windowPosition + i)) {
                    position = windowPosition + i;
                    return true;
                }
            }
            if (starts <= 0 || searchBytesLeft <= 0) {
                return false;
            }
            windowPosition += starts;
        }
    }

    private boolean mayBeFrame(ByteBuffer window, int i, long at, long badPosition) {
        // Each entry that is missing took at least its header's bytes.
        long mostMissing = (at - badPosition) / JournalFrame.ENTRY_HEADER_BYTES;
        long maxLsn = Math.min(boundLsn - 1, endLsn + mostMissing);
        return JournalFrame.isPlausible(window, i, endLsn, maxLsn, sizeBytes - at - JournalFrame.HEADER_BYTES);
    }

    private boolean frameIsGoodBehind(long at) throws IOException {
        if (searchBytesLeft <= 0) {
            return false;
        }
        file.file().read(header.clear(), at);
        header.flip();
        searchBytesLeft -= JournalFrame.entriesBytes(header);
        return crcIsRight(at);
    }

    /**
     * For the newest file: the first gap whose lsns are not below the greatest synced lsn is where a round was torn before its
     * sync, and that ends the journal; frames behind it are what the disk wrote out of order.
     */
    void cutWhatWasNeverSynced() {
        for (Gap gap : List.copyOf(gaps)) {
            if (gap.lostEntries() && gap.firstLsn >= syncedLsn) {
                runs.removeIf(run -> run.firstLsn >= gap.endLsn);
                gaps.removeIf(other -> other.firstLsn >= gap.firstLsn);
                endLsn = gap.firstLsn;
                return;
            }
        }
    }

    JournalFile file() {
        return file;
    }

    /** In order. */
    List<Run> runs() {
        return runs;
    }

    /** In order; those where entries are missing that were synced. */
    List<Gap> gaps() {
        return gaps.stream().filter(Gap::lostEntries).toList();
    }

    /** Behind the last entry, lost ones included. */
    long endLsn() {
        return endLsn;
    }

    /** Every entry below it was on disk when the last good frame was written. */
    long syncedLsn() {
        return syncedLsn;
    }

    /** Every entry below it was in synced segments when the last good frame was written. */
    long checkpointLsn() {
        return checkpointLsn;
    }

    /** Whether the file is shorter than it was: what its end held is gone. */
    boolean isCut() {
        return sizeBytes < file.capacityBytes();
    }

    /** Whether the search was given up before the file's end. */
    boolean isUnfinished() {
        return searchBytesLeft <= 0;
    }
}
