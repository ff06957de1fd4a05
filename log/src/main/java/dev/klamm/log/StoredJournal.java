package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Steps through the frames of one journal file, {@code klamm.journal.N}, and leaves it as it is. The journal of a running
 * broker may be looked at: a frame's checksum tells what is whole, and what was meant for an earlier life of the file.
 */
public final class StoredJournal implements Closeable {
    private final Path path;
    private final JournalFile file;
    private final long sizeBytes;
    private final Deque<JournalScan.Run> runs = new ArrayDeque<>();
    private long position = JournalFile.HEADER_BYTES;
    private long nextLsn;

    /**
     * One round of the journal's thread.
     *
     * @param firstLsn of its first entry; the entries have consecutive ones
     * @param syncedLsn every entry below was on disk when it was written
     * @param checkpointLsn every entry below was in synced segment files when it was written
     */
    public record Frame(
            long position, long sizeBytes, long firstLsn, long syncedLsn, long checkpointLsn, List<Entry> entries) {}

    /** What an entry holds. */
    public enum Kind {
        BATCHES,
        LOG_START,
        /** It belongs to no log: its frame says what is synced and what is in segments. */
        MARK,
        UNKNOWN
    }

    /**
     * An append of one partition, or its new log start offset.
     *
     * @param firstOffset of the batches, or the log start offset itself
     * @param endOffset exclusive; the same as the first for a log start offset
     * @param position of the content in the file, in bytes
     */
    public record Entry(
            long lsn,
            Uuid topicId,
            int partition,
            Kind kind,
            long firstOffset,
            long endOffset,
            long position,
            int sizeBytes) {}

    private StoredJournal(Path path, JournalFile file) throws IOException {
        this.path = path;
        this.file = file;
        this.sizeBytes = file.file().size();
        this.nextLsn = file.startLsn();
        if (isInUse()) {
            runs.addAll(JournalScan.of(file, Long.MAX_VALUE).runs());
        }
    }

    /** The journal's files in a data directory, in the order of their numbers; none after a clean stop. */
    public static List<Path> files(Path directory) throws IOException {
        return ReadOnlyStorage.ofThisMachine().list(directory).stream()
                .filter(StoredJournal::isName)
                .sorted(Comparator.comparingLong(JournalFile::numberOf))
                .map(directory::resolve)
                .toList();
    }

    /** All entries that are not in synced segments yet, in the order of their lsns. */
    public static List<Entry> entries(Path directory) throws IOException {
        List<Entry> entries = new ArrayList<>();
        long checkpointLsn = 0;
        for (Path path : files(directory)) {
            try (StoredJournal journal = open(path)) {
                checkpointLsn = Math.max(checkpointLsn, journal.checkpointLsn());
                for (Frame frame = journal.next(); frame != null; frame = journal.next()) {
                    checkpointLsn = Math.max(checkpointLsn, frame.checkpointLsn());
                    entries.addAll(frame.entries());
                }
            }
        }
        long kept = checkpointLsn;
        entries.removeIf(entry -> entry.lsn() < kept);
        entries.sort(Comparator.comparingLong(Entry::lsn));
        return entries;
    }

    /** Whether this is what a journal file is called. */
    public static boolean isName(String name) {
        return JournalFile.isName(name);
    }

    /** @throws java.nio.file.NoSuchFileException if there is no such file */
    public static StoredJournal open(Path path) throws IOException {
        JournalFile file = JournalFile.openForReading(ReadOnlyStorage.ofThisMachine(), path);
        try {
            return new StoredJournal(path, file);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /** False for a spare, which was never taken into use, and for a file whose header is not as it was written. */
    public boolean isInUse() {
        return file.header().turn() > 0;
    }

    /** The lsn of the first entry of a file in use. */
    public long startLsn() {
        return file.startLsn();
    }

    /** Of a file in use, when it was taken into use. */
    public long checkpointLsn() {
        return file.header().checkpointLsn();
    }

    /** The lsn behind the last frame that {@link #next} gave. */
    public long endLsn() {
        return nextLsn;
    }

    /** Behind the last frame that {@link #next} gave, in bytes. */
    public long position() {
        return position;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** The next good frame; null behind the last. Bad ones are stepped over, where good ones come again behind them. */
    public @Nullable Frame next() throws IOException {
        JournalScan.Run run = runs.peek();
        if (run == null) {
            return null;
        }
        position = Math.max(position, run.position());
        ByteBuffer frameHeader = read(position, JournalFrame.HEADER_BYTES);
        long contentPosition = position + JournalFrame.HEADER_BYTES;
        ByteBuffer content = read(contentPosition, JournalFrame.entriesBytes(frameHeader));
        nextLsn = JournalFrame.firstLsn(frameHeader);
        var frame = new Frame(
                position,
                JournalFrame.HEADER_BYTES + content.limit(),
                nextLsn,
                JournalFrame.syncedLsn(frameHeader),
                JournalFrame.checkpointLsn(frameHeader),
                entries(content, contentPosition));
        position += frame.sizeBytes;
        nextLsn += JournalFrame.entryCount(frameHeader);
        if (position >= run.endPosition()) {
            runs.remove();
        }
        return frame;
    }

    private ByteBuffer read(long from, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        file.file().read(buffer, from);
        return buffer.flip();
    }

    private List<Entry> entries(ByteBuffer content, long contentPosition) {
        List<Entry> entries = new ArrayList<>();
        long lsn = nextLsn;
        while (content.remaining() >= JournalFrame.ENTRY_HEADER_BYTES) {
            var topicId = new Uuid(content.getLong(), content.getLong());
            int partition = content.getInt();
            int kind = content.getInt();
            ByteBuffer entry = content.slice(content.position() + Integer.BYTES, content.getInt());
            long at = contentPosition + content.position();
            entries.add(entry(lsn++, topicId, partition, kind, at, entry));
            content.position(content.position() + entry.limit());
        }
        return entries;
    }

    private static Entry entry(long lsn, Uuid topicId, int partition, int kind, long at, ByteBuffer content) {
        return switch (kind) {
            case JournalFrame.KIND_BATCHES -> {
                long first = RecordBatchHeader.baseOffset(content, 0);
                long end = endOffset(content);
                yield new Entry(lsn, topicId, partition, Kind.BATCHES, first, end, at, content.limit());
            }
            case JournalFrame.KIND_LOG_START -> {
                long start = content.getLong(0);
                yield new Entry(lsn, topicId, partition, Kind.LOG_START, start, start, at, content.limit());
            }
            case JournalFrame.KIND_MARK -> new Entry(lsn, topicId, partition, Kind.MARK, -1, -1, at, content.limit());
            default -> new Entry(lsn, topicId, partition, Kind.UNKNOWN, -1, -1, at, content.limit());
        };
    }

    private static long endOffset(ByteBuffer batches) {
        long end = 0;
        for (int at = 0; at >= 0 && at < batches.limit(); at = RecordBatchHeader.nextBatch(batches, at)) {
            end = RecordBatchHeader.lastOffset(batches, at) + 1;
        }
        return end;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
