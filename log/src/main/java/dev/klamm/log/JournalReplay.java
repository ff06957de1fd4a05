package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the journal of an earlier run holds: read once, at the start, before anything else. It keeps where the entries
 * are, not the entries: a log reads its own when it is opened.
 *
 * <p>The newest file counts, and those before it, each up to the lsn where the next one begins, back to the one that has the
 * checkpoint lsn: that is durable before a file is freed. Each was synced before the next one began. So whatever is missing
 * between the checkpoint lsn and the newest file's beginning was synced once, and is a {@link Loss}; and so is what is missing
 * in the newest file below the greatest synced lsn that is found there. Only behind that may a round be torn, and is cut.
 */
final class JournalReplay {
    private static final Logger LOG = LoggerFactory.getLogger(JournalReplay.class);

    private final List<JournalFile> files = new ArrayList<>();
    private final Map<LogKey, Entries> entriesByLog = new HashMap<>();
    private final List<Loss> losses = new ArrayList<>();
    private ByteBuffer scratch = ByteBuffer.allocate(1 << 16);
    private long checkpointLsn;
    private long endLsn;
    private long nextFileNumber;
    private long nextTurn = 1;

    private record LogKey(Uuid topicId, int partition) {}

    /**
     * Entries that were synced and can't be read.
     *
     * @param endLsn exclusive; -1 if it is not known how many there are
     * @param what is wrong with the file
     */
    record Loss(String file, long firstLsn, long endLsn, String what) {
        /** Which entries, and that they are lost. */
        String entries() {
            return endLsn < 0
                    ? "entries from %d on, if there were any, are lost".formatted(firstLsn)
                    : "entries %d to %d, which were on disk, are lost".formatted(firstLsn, endLsn - 1);
        }

        @Override
        public String toString() {
            return "Journal file %s %s: %s".formatted(file, what, entries());
        }
    }

    private JournalReplay() {}

    /**
     * Reads the journal in this directory; files that hold nothing that counts are deleted.
     *
     * @throws JournalHeader.UnknownFormatException if another version of Klamm wrote it; nothing was changed
     */
    static JournalReplay read(Storage storage, Path directory) throws IOException {
        JournalReplay replay = new JournalReplay();
        List<JournalFile> candidates = replay.open(storage, directory);
        replay.follow(candidates, storage);
        for (Loss loss : replay.losses) {
            LOG.error(
                    "{}. Where a log has later entries, what it lacks is reported as its damage; where it has none,"
                            + " it may end too early",
                    loss);
        }
        return replay;
    }

    /** What a start would find missing, for who only looks; nothing is changed. */
    static List<Loss> losses(Storage storage, Path directory) throws IOException {
        JournalReplay replay = new JournalReplay();
        Storage dry = new DryStorage(storage);
        List<JournalFile> candidates = replay.open(dry, directory);
        replay.follow(candidates, dry);
        for (JournalFile file : candidates) {
            file.close();
        }
        return replay.losses;
    }

    /** Deletes what a clean stop that did not get to its end left of the journal. */
    static void discard(Storage storage, Path directory) throws IOException {
        for (String name : storage.list(directory)) {
            if (JournalFile.isName(name) || JournalFile.isUnfinished(name)) {
                storage.delete(directory.resolve(name));
            }
        }
        storage.syncDirectory(directory);
    }

    private List<JournalFile> open(Storage storage, Path directory) throws IOException {
        List<JournalFile> candidates = new ArrayList<>();
        List<String> headless = new ArrayList<>();
        for (String name : storage.list(directory)) {
            if (JournalFile.isUnfinished(name)) {
                storage.delete(directory.resolve(name));
            } else if (JournalFile.isName(name)) {
                nextFileNumber = Math.max(nextFileNumber, JournalFile.numberOf(name) + 1);
                JournalFile.reopen(storage, directory.resolve(name))
                        .ifPresentOrElse(candidates::add, () -> headless.add(name));
            }
        }
        for (JournalFile file : candidates) {
            nextTurn = Math.max(nextTurn, file.header().turn() + 1);
        }
        for (String name : headless) {
            losses.add(new Loss(name, 0, -1, "has no header that can be read, and was set aside"));
        }
        return candidates;
    }

    private void follow(List<JournalFile> candidates, Storage storage) throws IOException {
        candidates.sort(Comparator.comparingLong(file -> file.header().turn()));
        Deque<JournalScan> chain = new ArrayDeque<>();
        int at = candidates.size() - 1;
        long boundLsn = Long.MAX_VALUE;
        for (; at >= 0 && candidates.get(at).header().turn() > 0 && boundLsn > checkpointLsn; at--) {
            JournalScan scan = JournalScan.of(candidates.get(at), boundLsn);
            if (boundLsn == Long.MAX_VALUE) {
                scan.cutWhatWasNeverSynced();
                noteUnknownEnd(scan);
            }
            chain.addFirst(scan);
            checkpointLsn = Math.max(checkpointLsn, scan.checkpointLsn());
            boundLsn = scan.file().startLsn();
        }
        if (!chain.isEmpty() && boundLsn > checkpointLsn) {
            String before = chain.getFirst().file().name();
            losses.add(new Loss(before, checkpointLsn, boundLsn, "should follow one that is missing"));
        }
        for (JournalScan scan : chain) {
            take(scan);
        }
        // Not before the frames that say that they may go are durable.
        for (JournalFile freed : candidates.subList(0, at + 1)) {
            freed.delete(storage);
        }
        endLsn = Math.max(endLsn, checkpointLsn);
    }

    private void noteUnknownEnd(JournalScan newest) {
        String name = newest.file().name();
        if (newest.isCut()) {
            String what = "is shorter than the %d bytes that it had"
                    .formatted(newest.file().capacityBytes());
            losses.add(new Loss(name, newest.endLsn(), -1, what));
        } else if (newest.isUnfinished()) {
            losses.add(new Loss(name, newest.endLsn(), -1, "holds too much that looks like frames and is none"));
        }
    }

    private void take(JournalScan scan) throws IOException {
        JournalFile file = scan.file();
        writeAgain(file, 0, JournalFile.HEADER_BYTES);
        for (JournalScan.Run run : scan.runs()) {
            writeUnsyncedAgain(file, run, scan.syncedLsn());
        }
        Deque<JournalScan.Run> runs = new ArrayDeque<>(scan.runs());
        for (JournalScan.Gap gap : scan.gaps()) {
            // In the order of their lsns, as a log takes them.
            while (!runs.isEmpty() && runs.getFirst().firstLsn() < gap.firstLsn()) {
                collectEntries(file, runs.removeFirst());
            }
            if (gap.endLsn() > checkpointLsn) {
                String what = "is damaged at bytes %d to %d".formatted(gap.position(), gap.endPosition() - 1);
                losses.add(new Loss(file.name(), Math.max(gap.firstLsn(), checkpointLsn), gap.endLsn(), what));
                collectDoubtful(file, gap);
            }
        }
        for (JournalScan.Run run : runs) {
            collectEntries(file, run);
        }
        // Frames that only reached the page cache of a process that was killed become durable before they are shown.
        file.sync();
        file.endsAt(scan.endLsn());
        files.add(file);
        endLsn = scan.endLsn();
    }

    /**
     * Has the coming sync write what may never have got to the disk. A process that a sync failed has ended, but the page
     * cache still shows what it wrote, and counts it as on disk: a sync alone would succeed and do nothing.
     */
    private static void writeUnsyncedAgain(JournalFile file, JournalScan.Run run, long syncedLsn) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(JournalFrame.HEADER_BYTES);
        long position = run.position();
        while (position < run.endPosition()) {
            file.file().read(header.clear(), position);
            header.flip();
            int frameBytes = JournalFrame.HEADER_BYTES + JournalFrame.entriesBytes(header);
            if (JournalFrame.firstLsn(header) + JournalFrame.entryCount(header) > syncedLsn) {
                writeAgain(file, position, frameBytes);
            }
            position += frameBytes;
        }
    }

    private static void writeAgain(JournalFile file, long position, int bytes) throws IOException {
        ByteBuffer same = ByteBuffer.allocate(bytes);
        file.file().read(same, position);
        file.file().write(new ByteBuffer[] {same.flip()}, position);
    }

    private void collectEntries(JournalFile file, JournalScan.Run run) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(JournalFrame.HEADER_BYTES);
        long position = run.position();
        while (position < run.endPosition()) {
            file.file().read(header.clear(), position);
            header.flip();
            int entriesBytes = JournalFrame.entriesBytes(header);
            if (scratch.capacity() < entriesBytes) {
                scratch = ByteBuffer.allocate(Math.max(entriesBytes, 2 * scratch.capacity()));
            }
            ByteBuffer entries = scratch.clear().limit(entriesBytes);
            long contentsPosition = position + JournalFrame.HEADER_BYTES;
            file.file().read(entries, contentsPosition);
            collect(file, JournalFrame.firstLsn(header), contentsPosition, entries.flip());
            position = contentsPosition + entriesBytes;
        }
    }

    private void collect(JournalFile file, long firstLsn, long position, ByteBuffer entries) {
        for (long lsn = firstLsn; entries.hasRemaining(); lsn++) {
            LogKey key = new LogKey(new Uuid(entries.getLong(), entries.getLong()), entries.getInt());
            int kind = entries.getInt();
            int contentBytes = entries.getInt();
            if (kind != JournalFrame.KIND_MARK) {
                entriesByLog
                        .computeIfAbsent(key, _ -> new Entries())
                        .add(lsn, file, position + entries.position(), kind, contentBytes);
            }
            entries.position(entries.position() + contentBytes);
        }
    }

    /** What can be made out of a bad frame: batches whose entry and beginning look right. The log will judge them. */
    private void collectDoubtful(JournalFile file, JournalScan.Gap gap) throws IOException {
        long position = gap.position() + JournalFrame.HEADER_BYTES;
        ByteBuffer head = ByteBuffer.allocate(JournalFrame.ENTRY_HEADER_BYTES + RecordBatchHeader.SIZE);
        for (long lsn = gap.firstLsn(); lsn < gap.endLsn() && position + head.capacity() <= gap.endPosition(); lsn++) {
            file.file().read(head.clear(), position);
            head.flip();
            LogKey key = new LogKey(new Uuid(head.getLong(), head.getLong()), head.getInt());
            int kind = head.getInt();
            int contentBytes = head.getInt();
            position += JournalFrame.ENTRY_HEADER_BYTES;
            if (contentBytes < 0 || contentBytes > gap.endPosition() - position) {
                return;
            }
            if (kind == JournalFrame.KIND_BATCHES
                    && contentBytes >= RecordBatchHeader.SIZE
                    && RecordBatchHeader.magic(head, head.position()) == RecordBatchHeader.MAGIC_2
                    && lsn >= checkpointLsn) {
                entriesByLog
                        .computeIfAbsent(key, _ -> new Entries())
                        .add(lsn, file, position, JournalFrame.KIND_DOUBTFUL_BATCHES, contentBytes);
            }
            position += contentBytes;
        }
    }

    /** The files that were followed, oldest first. */
    List<JournalFile> files() {
        return files;
    }

    /** What is missing, and was synced; empty if all is well. */
    List<Loss> losses() {
        return losses;
    }

    /** Exclusive: the lsn that the next entry gets. */
    long endLsn() {
        return endLsn;
    }

    long checkpointLsn() {
        return checkpointLsn;
    }

    long nextFileNumber() {
        return nextFileNumber;
    }

    /** The turn of the next file that is taken into use. */
    long nextTurn() {
        return nextTurn;
    }

    synchronized boolean hasEntries(Uuid topicId, int partition) {
        return entriesByLog.containsKey(new LogKey(topicId, partition));
    }

    /** The entries of one log; null if there are none, or all of them are in its segments already. */
    synchronized @Nullable Entries entriesOf(Uuid topicId, int partition) {
        Entries entries = entriesByLog.get(new LogKey(topicId, partition));
        return entries == null || entries.dropBelow(checkpointLsn) == 0 ? null : entries;
    }

    synchronized void forget(Uuid topicId, int partition) {
        entriesByLog.remove(new LogKey(topicId, partition));
    }

    /** Where the entries of one log are: three numbers an entry, since there may be millions of them. */
    static final class Entries {
        private static final int NUMBERS = 3;
        private final List<JournalFile> files = new ArrayList<>(1);
        private long[] numbers = new long[NUMBERS * 4];
        private int count;
        private int from;

        private void add(long lsn, JournalFile file, long position, int kind, int contentBytes) {
            if (files.isEmpty() || files.getLast() != file) {
                files.add(file);
            }
            if (numbers.length < (count + 1) * NUMBERS) {
                numbers = Arrays.copyOf(numbers, numbers.length * 2);
            }
            numbers[count * NUMBERS] = lsn;
            numbers[count * NUMBERS + 1] = ((long) (files.size() - 1) << 48) | position;
            numbers[count * NUMBERS + 2] = ((long) kind << 32) | contentBytes;
            count++;
        }

        private int dropBelow(long lsn) {
            while (from < count && lsn(from) < lsn) {
                from++;
            }
            return count - from;
        }

        int first() {
            return from;
        }

        /** The base offset of the first batches among the entries; empty if there are none. */
        OptionalLong firstBatchesOffset() throws IOException {
            for (int i = from; i < count; i++) {
                if (kind(i) == JournalFrame.KIND_BATCHES) {
                    return OptionalLong.of(RecordBatchHeader.baseOffset(read(i), 0));
                }
            }
            return OptionalLong.empty();
        }

        /** The base offset of the batches that begin below {@code offset} and end at or behind it; else {@code offset}. */
        long startOfEntryAcross(long offset) throws IOException {
            for (int i = from; i < count; i++) {
                if (kind(i) == JournalFrame.KIND_BATCHES) {
                    Tail.Piece piece = Tail.Piece.of(read(i), lsn(i));
                    if (piece.baseOffset() < offset && piece.lastOffset() >= offset) {
                        return piece.baseOffset();
                    }
                }
            }
            return offset;
        }

        int end() {
            return count;
        }

        long lsn(int index) {
            return numbers[index * NUMBERS];
        }

        int kind(int index) {
            return (int) (numbers[index * NUMBERS + 2] >>> 32);
        }

        /** Reads an entry's content from the journal file into a buffer of its own. */
        ByteBuffer read(int index) throws IOException {
            long place = numbers[index * NUMBERS + 1];
            ByteBuffer content = ByteBuffer.allocate((int) numbers[index * NUMBERS + 2]);
            files.get((int) (place >>> 48)).file().read(content, place & ((1L << 48) - 1));
            return content.flip();
        }
    }
}
