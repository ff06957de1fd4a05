package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One of the files that the journal uses in turn. It begins with a header of 4096 bytes, of which 40 mean something;
 * frames follow ({@link JournalFrame}). Integers are big-endian.
 *
 * <pre>
 * offset size meaning
 *      0    8  "KLAMMJNL"
 *      8    4  version of this format: 1
 *     12    4  CRC-32C of bytes 16 to 40
 *     16    8  lsn of the first entry in this file
 *     24    8  checkpoint lsn when the file was taken into use
 *     32    8  zero
 * </pre>
 *
 * The file is filled with zeros ahead of its use where there was time to: overwriting bytes that the file system has
 * already placed makes a sync of the data alone, without a commit of the file system's own journal.
 */
final class JournalFile {
    static final int HEADER_BYTES = 4096;
    private static final byte[] MAGIC = "KLAMMJNL".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final String NAME_PREFIX = "klamm.journal.";
    private static final int ZEROS_BYTES = 1 << 20;

    private final Path path;
    private final Storage.File file;
    private final long capacityBytes;
    private long startLsn;
    private long endLsn;
    private long position;

    private JournalFile(Path path, Storage.File file, long capacityBytes) {
        this.path = path;
        this.file = file;
        this.capacityBytes = capacityBytes;
    }

    static boolean isName(String name) {
        return name.startsWith(NAME_PREFIX);
    }

    static long numberOf(String name) {
        return Long.parseLong(name.substring(NAME_PREFIX.length()));
    }

    static JournalFile create(Storage storage, Path directory, long number, long capacityBytes) throws IOException {
        Path path = directory.resolve(NAME_PREFIX + number);
        Storage.File file = storage.openOrCreate(path);
        storage.syncDirectory(directory);
        return new JournalFile(path, file, capacityBytes);
    }

    /** Opens a file left by an earlier run, for replay. */
    static JournalFile reopen(Storage storage, Path path) throws IOException {
        Storage.File file = storage.openOrCreate(path);
        return new JournalFile(path, file, file.size());
    }

    /** Opens a file to look at, perhaps that of a running broker. */
    static JournalFile openForReading(Storage storage, Path path) throws IOException {
        Storage.File file = storage.openForReading(path);
        return new JournalFile(path, file, file.size());
    }

    /** Gives every byte its place on disk. */
    void fillWithZeros() throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS_BYTES, capacityBytes));
        for (long at = 0; at < capacityBytes; at += zeros.capacity()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), capacityBytes - at));
            file.write(new ByteBuffer[] {zeros}, at);
        }
        file.sync();
    }

    /** Takes the file into use. From here on what it held before is gone. */
    void begin(long firstLsn, long checkpointLsn) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.put(MAGIC).putInt(VERSION).putInt(0).putLong(firstLsn).putLong(checkpointLsn);
        header.putInt(12, (int) crcOf(header).getValue());
        file.write(new ByteBuffer[] {header.clear()}, 0);
        startLsn = firstLsn;
        endLsn = firstLsn;
        position = HEADER_BYTES;
    }

    /** What {@link #begin} wrote; empty if the file never got that far, or its header is torn. */
    Optional<Header> readHeader() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(40);
        if (file.read(header, 0) < header.capacity()) {
            return Optional.empty();
        }
        header.flip();
        boolean good = header.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))
                && header.getInt(8) == VERSION
                && header.getInt(12) == (int) crcOf(header).getValue();
        if (!good) {
            return Optional.empty();
        }
        startLsn = header.getLong(16);
        endLsn = startLsn;
        position = HEADER_BYTES;
        return Optional.of(new Header(startLsn, header.getLong(24)));
    }

    record Header(long startLsn, long checkpointLsn) {}

    private static CRC32C crcOf(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.slice(16, 24));
        return crc;
    }

    /** A frame larger than the file is still let in at its start; the file grows. */
    boolean hasRoomFor(long frameBytes) {
        return position == HEADER_BYTES || position + frameBytes <= capacityBytes;
    }

    boolean isHalfFull() {
        return position > capacityBytes / 2;
    }

    /** Counts a frame that was written or found at {@link #position}. */
    void advance(long frameBytes, int entryCount) {
        position += frameBytes;
        endLsn += entryCount;
    }

    Storage.File file() {
        return file;
    }

    /** Where the next frame goes, in bytes. */
    long position() {
        return position;
    }

    long startLsn() {
        return startLsn;
    }

    /** Exclusive. */
    long endLsn() {
        return endLsn;
    }

    long capacityBytes() {
        return capacityBytes;
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
        return path.getFileName() + "[" + startLsn + ", " + endLsn + ")";
    }
}
