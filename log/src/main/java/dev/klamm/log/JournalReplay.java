package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What the journal of an earlier run holds: read once, at the start, before anything else. It keeps where the entries
 * are, not the entries: a log reads its own when it is opened.
 *
 * <p>The newest file and those that lead to it without a gap count. Each was synced before the next one began, so a gap
 * means that what lies before it is in synced segment files: its files were freed, and one may lie there as the spare.
 * In the newest file, what follows the last good frame was never synced.
 */
final class JournalReplay {
    private final List<JournalFile> files = new ArrayList<>();
    private final Map<LogKey, Entries> entriesByLog = new HashMap<>();
    private ByteBuffer scratch = ByteBuffer.allocate(1 << 16);
    private long checkpointLsn;
    private long endLsn;
    private long nextFileNumber;

    private record LogKey(Uuid topicId, int partition) {}

    private JournalReplay() {}

    /** Reads the journal in this directory; files that hold nothing that counts are deleted. */
    static JournalReplay read(Storage storage, Path directory) throws IOException {
        JournalReplay replay = new JournalReplay();
        List<JournalFile> candidates = new ArrayList<>();
        for (String name : storage.list(directory)) {
            if (JournalFile.isName(name)) {
                replay.nextFileNumber = Math.max(replay.nextFileNumber, JournalFile.numberOf(name) + 1);
                JournalFile file = JournalFile.reopen(storage, directory.resolve(name));
                var header = file.readHeader();
                if (header.isPresent()) {
                    candidates.add(file);
                    replay.checkpointLsn =
                            Math.max(replay.checkpointLsn, header.get().checkpointLsn());
                } else {
                    file.delete(storage);
                }
            }
        }
        replay.follow(candidates, storage);
        return replay;
    }

    /** Deletes what a clean stop that did not get to its end left of the journal. */
    static void discard(Storage storage, Path directory) throws IOException {
        for (String name : storage.list(directory)) {
            if (JournalFile.isName(name)) {
                storage.delete(directory.resolve(name));
            }
        }
        storage.syncDirectory(directory);
    }

    private void follow(List<JournalFile> candidates, Storage storage) throws IOException {
        for (JournalFile file : candidates) {
            findEnd(file);
        }
        // A file that a process began and never wrote to comes before the one that its successor began at the same lsn.
        candidates.sort(Comparator.comparingLong(JournalFile::startLsn).thenComparingLong(JournalFile::endLsn));
        int first = firstOfChain(candidates);
        for (JournalFile file : candidates.subList(0, first)) {
            file.delete(storage);
        }
        for (JournalFile file : candidates.subList(first, candidates.size())) {
            collectEntries(file);
            // Frames that only reached the page cache of a process that was killed become durable before they are
            // shown.
            file.sync();
            files.add(file);
            endLsn = file.endLsn();
        }
        endLsn = Math.max(endLsn, checkpointLsn);
    }

    /** The chain ends with the newest file; each file before it must end where the next one begins. */
    private static int firstOfChain(List<JournalFile> sorted) {
        int first = Math.max(0, sorted.size() - 1);
        while (first > 0 && sorted.get(first - 1).endLsn() == sorted.get(first).startLsn()) {
            first--;
        }
        return first;
    }

    /** Steps over the good frames, from the file's start. */
    private void findEnd(JournalFile file) throws IOException {
        long sizeBytes = file.file().size();
        ByteBuffer header = ByteBuffer.allocate(JournalFrame.HEADER_BYTES);
        while (file.position() + JournalFrame.HEADER_BYTES <= sizeBytes) {
            file.file().read(header.clear(), file.position());
            header.flip();
            int entriesBytes = JournalFrame.entriesBytes(header);
            long left = sizeBytes - file.position() - JournalFrame.HEADER_BYTES;
            boolean plausible =
                    JournalFrame.firstLsn(header) == file.endLsn() && entriesBytes >= 0 && entriesBytes <= left;
            if (!plausible || !crcIsRight(file, header, entriesBytes)) {
                return;
            }
            checkpointLsn = Math.max(checkpointLsn, JournalFrame.checkpointLsn(header));
            file.advance(JournalFrame.HEADER_BYTES + entriesBytes, JournalFrame.entryCount(header));
        }
    }

    private boolean crcIsRight(JournalFile file, ByteBuffer header, int entriesBytes) throws IOException {
        CRC32C crc = JournalFrame.crcOfHeader(file.startLsn(), header);
        crc.update(readEntries(file, file.position(), entriesBytes));
        return JournalFrame.crcIsRight(header, crc);
    }

    private ByteBuffer readEntries(JournalFile file, long framePosition, int entriesBytes) throws IOException {
        ByteBuffer entries = scratch(entriesBytes);
        file.file().read(entries, framePosition + JournalFrame.HEADER_BYTES);
        return entries.flip();
    }

    private void collectEntries(JournalFile file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(JournalFrame.HEADER_BYTES);
        long position = JournalFile.HEADER_BYTES;
        while (position < file.position()) {
            file.file().read(header.clear(), position);
            header.flip();
            int entriesBytes = JournalFrame.entriesBytes(header);
            ByteBuffer entries = readEntries(file, position, entriesBytes);
            long contentsPosition = position + JournalFrame.HEADER_BYTES;
            long lsn = JournalFrame.firstLsn(header);
            while (entries.hasRemaining()) {
                LogKey key = new LogKey(new Uuid(entries.getLong(), entries.getLong()), entries.getInt());
                int kind = entries.getInt();
                int contentBytes = entries.getInt();
                entriesByLog
                        .computeIfAbsent(key, _ -> new Entries())
                        .add(lsn++, file, contentsPosition + entries.position(), kind, contentBytes);
                entries.position(entries.position() + contentBytes);
            }
            position += JournalFrame.HEADER_BYTES + entriesBytes;
        }
    }

    private ByteBuffer scratch(int sizeBytes) {
        if (scratch.capacity() < sizeBytes) {
            scratch = ByteBuffer.allocate(Math.max(sizeBytes, 2 * scratch.capacity()));
        }
        return scratch.clear().limit(sizeBytes);
    }

    /** The files that were followed, oldest first. */
    List<JournalFile> files() {
        return files;
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
