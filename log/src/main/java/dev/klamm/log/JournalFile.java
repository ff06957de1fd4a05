package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One of the files that the journal uses in turn: a {@link JournalHeader}, and frames behind it ({@link JournalFrame}).
 *
 * <p>It is made under another name, given its full length and a header, synced, and then renamed: so a file under its own
 * name that is too short or has no header is damaged. It is filled with zeros ahead of its use where there is time to:
 * overwriting bytes that the file system has already placed makes a sync of the data alone, without a commit of the file
 * system's own journal.
 */
final class JournalFile {
    static final int HEADER_BYTES = JournalHeader.AREA_BYTES;
    private static final String NAME_PREFIX = "klamm.journal.";
    private static final String UNFINISHED = ".new";
    private static final String DAMAGED = ".damaged";
    private static final int ZEROS_BYTES = 1 << 20;

    private final Path path;
    private final Storage.File file;
    private JournalHeader header;
    private long endLsn;
    private long position = HEADER_BYTES;

    private JournalFile(Path path, Storage.File file, JournalHeader header) {
        this.path = path;
        this.file = file;
        this.header = header;
        this.endLsn = header.firstLsn();
    }

    static boolean isName(String name) {
        return name.startsWith(NAME_PREFIX)
                && name.substring(NAME_PREFIX.length()).matches("\\d{1,18}");
    }

    /** Of a file that a process was making when it died: it holds nothing. */
    static boolean isUnfinished(String name) {
        return name.startsWith(NAME_PREFIX) && name.endsWith(UNFINISHED);
    }

    static long numberOf(String name) {
        return Long.parseLong(name.substring(NAME_PREFIX.length()));
    }

    /**
     * Makes a file; under its name and durable when this returns.
     *
     * @param filled whether to give every byte its place on disk
     */
    static JournalFile create(Storage storage, Path directory, long number, long capacityBytes, boolean filled)
            throws IOException {
        Path path = directory.resolve(NAME_PREFIX + number);
        Path unfinished = directory.resolve(NAME_PREFIX + number + UNFINISHED);
        JournalHeader header = JournalHeader.ofSpare(capacityBytes);
        boolean isWhole = false;
        try (Storage.File file = storage.openOrCreate(unfinished)) {
            if (filled) {
                fillWithZeros(file, capacityBytes);
            } else {
                file.write(new ByteBuffer[] {ByteBuffer.allocate(1)}, capacityBytes - 1);
            }
            header.writeTo(file);
            file.sync();
            isWhole = true;
        } finally {
            if (!isWhole) {
                storage.delete(unfinished);
            }
        }
        storage.rename(unfinished, path);
        storage.syncDirectory(directory);
        return new JournalFile(path, storage.openOrCreate(path), header);
    }

    private static void fillWithZeros(Storage.File file, long capacityBytes) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS_BYTES, capacityBytes));
        for (long at = 0; at < capacityBytes; at += zeros.capacity()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), capacityBytes - at));
            file.write(new ByteBuffer[] {zeros}, at);
        }
    }

    /**
     * Opens a file left by an earlier run, for replay; empty if its header can't be read: it is set aside then, under a name
     * with {@code .damaged}.
     */
    static Optional<JournalFile> reopen(Storage storage, Path path) throws IOException {
        Storage.File file = storage.openOrCreate(path);
        Optional<JournalHeader> header = JournalHeader.read(file, path);
        if (header.isEmpty()) {
            file.close();
            storage.rename(path, path.resolveSibling(path.getFileName() + DAMAGED));
        }
        return header.map(found -> new JournalFile(path, file, found));
    }

    /** Opens a file to look at, perhaps that of a running broker; one whose header can't be read looks like a spare. */
    static JournalFile openForReading(Storage storage, Path path) throws IOException {
        Storage.File file = storage.openForReading(path);
        try {
            long sizeBytes = file.size();
            return new JournalFile(
                    path, file, JournalHeader.read(file, path).orElseGet(() -> JournalHeader.ofSpare(sizeBytes)));
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** Takes the file into use. From here on what it held before is gone. */
    void begin(long turn, long firstLsn, long checkpointLsn) throws IOException {
        // Nobody who sends records can know the nanosecond that this comes from. SecureRandom takes 20 ms to load.
        long salt = new SplittableRandom().nextLong();
        header = new JournalHeader(turn, salt, firstLsn, checkpointLsn, header.capacityBytes());
        endLsn = firstLsn;
        position = HEADER_BYTES;
        rewriteHeader();
    }

    /** Writes the same again. */
    void rewriteHeader() throws IOException {
        header.writeTo(file);
    }

    boolean hasRoomFor(long frameBytes) {
        return position + frameBytes <= header.capacityBytes();
    }

    boolean isHalfFull() {
        return position > header.capacityBytes() / 2;
    }

    /** Counts a frame that was written at {@link #position}. */
    void advance(long frameBytes, int entryCount) {
        position += frameBytes;
        endLsn += entryCount;
    }

    /** Says where the entries that count end; what a replay found. */
    void endsAt(long lsn) {
        endLsn = lsn;
    }

    Storage.File file() {
        return file;
    }

    JournalHeader header() {
        return header;
    }

    /** Where the next frame goes, in bytes. */
    long position() {
        return position;
    }

    long startLsn() {
        return header.firstLsn();
    }

    /** Exclusive. */
    long endLsn() {
        return endLsn;
    }

    long capacityBytes() {
        return header.capacityBytes();
    }

    String name() {
        return path.getFileName().toString();
    }

    void sync() throws IOException {
        file.sync();
    }

    void close() throws IOException {
        file.close();
    }

    void delete(Storage storage) throws IOException {
        file.close();
        storage.delete(path);
    }

    @Override
    public String toString() {
        return name() + "[" + startLsn() + ", " + endLsn + ")";
    }
}
