package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one segment takes the place of several so that a crash at any moment leaves the old or the new; with Kafka's names
 * and in Kafka's steps, so that each can bring to an end what the other began:
 *
 * <pre>
 * 1  X.log.cleaned and its indexes are written and synced         a crash here: they are deleted
 * 2  each is renamed to X.log.swap, .log last                     while any is .cleaned: all are deleted
 * 3  the replaced segments are renamed to Y.log.deleted           from here on, the swap is brought to its end:
 * 4  X.log.swap is renamed to X.log, .log first                   what lies in the range of X.log.swap is deleted
 * </pre>
 *
 * The directory is synced behind 2, 3 and 4. Done under the log's flush lock, or when the log is opened.
 */
record SegmentSwap(Storage storage, Path directory, long baseOffset) {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSwap.class);

    static final String CLEANED = ".cleaned";
    static final String SWAP = ".swap";

    private static final List<String> SUFFIXES = List.of(".log", ".index", ".timeindex", ".txnindex");
    private static final int OFFSET_DIGITS = 20;

    /** The file of this kind, with a mark behind its name. */
    Path path(String suffix, String mark) {
        return directory.resolve(Segment.fileName(baseOffset, suffix) + mark);
    }

    /** Step 2: the new segment counts when it returns. */
    void commit() throws IOException {
        for (String suffix : SUFFIXES.reversed()) {
            rename(suffix, CLEANED, SWAP);
        }
        storage.syncDirectory(directory);
    }

    /** Step 4. */
    void finish() throws IOException {
        storage.syncDirectory(directory);
        for (String suffix : SUFFIXES) {
            rename(suffix, SWAP, "");
        }
        storage.syncDirectory(directory);
    }

    private void rename(String suffix, String from, String to) throws IOException {
        if (storage.exists(path(suffix, from))) {
            storage.rename(path(suffix, from), path(suffix, to));
        }
    }

    /** Takes back step 1. */
    void discard() throws IOException {
        delete(CLEANED);
    }

    private void delete(String mark) throws IOException {
        for (String suffix : SUFFIXES) {
            storage.delete(path(suffix, mark));
        }
    }

    // ---- after a crash

    /** Brings to an end, or takes back, what a process that died has left in a log's directory. */
    static void recover(Storage storage, Path directory) throws IOException {
        TreeSet<Long> cleaned = marked(storage, directory, CLEANED);
        TreeSet<Long> swaps = marked(storage, directory, SWAP);
        if (cleaned.isEmpty() && swaps.isEmpty()) {
            return;
        }
        // Kafka splits segments, too: then several .swap belong together, and are void while a .cleaned lies before
        // them.
        Set<Long> tornSwaps = cleaned.isEmpty() ? Set.of() : swaps.tailSet(cleaned.first());
        for (long baseOffset : tornSwaps) {
            new SegmentSwap(storage, directory, baseOffset).delete(SWAP);
        }
        storage.syncDirectory(directory);
        for (long baseOffset : cleaned) {
            LOG.info(
                    "{}: the compaction of the segment at {} was not finished and is forgotten", directory, baseOffset);
            new SegmentSwap(storage, directory, baseOffset).discard();
        }
        for (long baseOffset : swaps) {
            if (!tornSwaps.contains(baseOffset)) {
                new SegmentSwap(storage, directory, baseOffset).resume();
            }
        }
        storage.syncDirectory(directory);
    }

    private static TreeSet<Long> marked(Storage storage, Path directory, String mark) throws IOException {
        TreeSet<Long> found = new TreeSet<>();
        for (String name : storage.list(directory)) {
            if (name.endsWith(mark)) {
                baseOffsetOf(name).ifPresent(found::add);
            }
        }
        return found;
    }

    private static Optional<Long> baseOffsetOf(String fileName) {
        String digits = fileName.substring(0, Math.max(0, fileName.indexOf('.')));
        boolean isOffset = digits.length() == OFFSET_DIGITS && digits.chars().allMatch(Character::isDigit);
        return isOffset ? Optional.of(Long.parseLong(digits)) : Optional.empty();
    }

    private void resume() throws IOException {
        LOG.info("{}: the compaction of the segment at {} is brought to its end", directory, baseOffset);
        if (storage.exists(path(".log", SWAP))) {
            deleteReplaced(endOffset());
        }
        finish();
    }

    /** Deletes the segments that begin in the range of the new one. Others that it replaced are compacted again. */
    private void deleteReplaced(long endOffset) throws IOException {
        for (String name : storage.list(directory)) {
            boolean isSegmentFile = SUFFIXES.stream().anyMatch(name::endsWith);
            Optional<Long> offset = isSegmentFile ? baseOffsetOf(name) : Optional.empty();
            if (offset.isPresent()
                    && baseOffset <= offset.get()
                    && offset.get() < Math.max(endOffset, baseOffset + 1)) {
                storage.delete(directory.resolve(name));
            }
        }
    }

    /** Behind the last batch of the new segment, which was synced before it had this name. */
    private long endOffset() throws IOException {
        try (Storage.File log = storage.openForReading(path(".log", SWAP))) {
            ByteBuffer buffer = ByteBuffer.allocate(SegmentCheck.BUFFER_BYTES);
            long sizeBytes = log.size();
            SegmentCheck.Bounds bounds = new SegmentCheck.Bounds(baseOffset, Long.MAX_VALUE);
            SegmentCheck check = new SegmentCheck(log, bounds, sizeBytes, buffer).trust(0, sizeBytes);
            while (check.next()) {
                // To its end.
            }
            return check.expectedOffset();
        }
    }
}
