package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The beginning of a journal file: 8192 bytes that hold the same 64 bytes twice, at 0 and at 4096, so that one bad sector
 * does not take the file with it. Integers are big-endian.
 *
 * <pre>
 * offset size meaning
 *      0    8  "KLAMMJNL"
 *      8    4  version of this format: 2
 *     12    4  CRC-32C of the other 60 bytes
 *     16    8  turn: how many files were taken into use before this one, from 1; 0 if it never was
 *     24    8  salt: random, new at each turn; the frames' checksums are over it
 *     32    8  lsn of the first entry in this file
 *     40    8  checkpoint lsn when the file was taken into use
 *     48    8  capacity: the file had this length, in bytes, before this was written
 *     56    8  zero
 * </pre>
 *
 * A power cut may leave one copy of an earlier turn: the later one counts, since nothing of it needs to have been synced.
 */
record JournalHeader(long turn, long salt, long firstLsn, long checkpointLsn, long capacityBytes) {
    static final int AREA_BYTES = 8192;
    private static final int SECOND_COPY = 4096;
    private static final int COPY_BYTES = 64;
    private static final byte[] MAGIC = "KLAMMJNL".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION_AT = 8;
    private static final int VERSION = 2;
    private static final int CRC_AT = 12;

    /** Of a file that is not in use yet. */
    static JournalHeader ofSpare(long capacityBytes) {
        return new JournalHeader(0, 0, 0, 0, capacityBytes);
    }

    void writeTo(Storage.File file) throws IOException {
        ByteBuffer area = ByteBuffer.allocate(AREA_BYTES);
        put(area.slice(0, COPY_BYTES));
        put(area.slice(SECOND_COPY, COPY_BYTES));
        file.write(new ByteBuffer[] {area}, 0);
    }

    private void put(ByteBuffer copy) {
        copy.put(MAGIC).putInt(VERSION).putInt(0);
        copy.putLong(turn)
                .putLong(salt)
                .putLong(firstLsn)
                .putLong(checkpointLsn)
                .putLong(capacityBytes);
        copy.putInt(CRC_AT, crcOf(copy));
    }

    /**
     * Empty if neither copy can be believed.
     *
     * @throws UnknownFormatException if another version of Klamm wrote it
     */
    static Optional<JournalHeader> read(Storage.File file, Path path) throws IOException {
        ByteBuffer area = ByteBuffer.allocate(AREA_BYTES);
        file.read(area, 0);
        Optional<JournalHeader> first = parse(area.slice(0, COPY_BYTES));
        Optional<JournalHeader> second = parse(area.slice(SECOND_COPY, COPY_BYTES));
        if (first.isEmpty() && second.isEmpty()) {
            refuseOtherVersion(area, path);
        }
        boolean secondIsLater = second.isPresent() && (first.isEmpty() || second.get().turn > first.get().turn);
        return secondIsLater ? second : first;
    }

    private static Optional<JournalHeader> parse(ByteBuffer copy) {
        boolean good = copy.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))
                && copy.getInt(VERSION_AT) == VERSION
                && copy.getInt(CRC_AT) == crcOf(copy);
        return good
                ? Optional.of(new JournalHeader(
                        copy.getLong(16), copy.getLong(24), copy.getLong(32), copy.getLong(40), copy.getLong(48)))
                : Optional.empty();
    }

    private static int crcOf(ByteBuffer copy) {
        CRC32C crc = new CRC32C();
        crc.update(copy.slice(0, CRC_AT));
        crc.update(copy.slice(CRC_AT + Integer.BYTES, COPY_BYTES - CRC_AT - Integer.BYTES));
        return (int) crc.getValue();
    }

    private static void refuseOtherVersion(ByteBuffer area, Path path) throws UnknownFormatException {
        int version = area.getInt(VERSION_AT);
        // Small numbers alone: anything else is more likely damage than a version.
        boolean isOther = version > 0 && version < 256 && version != VERSION;
        if (isOther && area.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
            throw new UnknownFormatException(
                    "%s has format version %d, and this Klamm knows version %d alone. Start the Klamm that wrote it, and stop it cleanly: then no journal is left."
                            .formatted(path, version, VERSION));
        }
    }

    /** The journal is of another version of Klamm; nothing was changed. The message is one sentence or two for the user. */
    static final class UnknownFormatException extends IOException {
        private static final long serialVersionUID = 1;

        UnknownFormatException(String message) {
            super(message);
        }
    }
}
