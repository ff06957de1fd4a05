package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A CSV file of the TLC's trip records, read in the order of pickups, whatever the order in the file. Its text stays in
 * the file, which is mapped; what is kept is one number for each ride:
 *
 * <pre>
 * bits 63-32  pickup, seconds since 1970, less 2^31 so that the numbers sort as the times do
 * bits 31-0   position of its line in the file
 * </pre>
 */
final class TripFile implements RideSource {

    private static final long MAX_SIZE = 1L << 32;

    /** A line that is no ride. */
    record BadRow(long line, String reason) {}

    private final MemorySegment text;
    private final TripColumns columns;
    private final List<BadRow> badRows = new ArrayList<>();
    private long[] rides = new long[1024];
    private int count;

    private TripFile(MemorySegment text, TripColumns columns) {
        this.text = text;
        this.columns = columns;
    }

    /**
     * Reads the file once and puts it in order. Rows that are no rides are set aside.
     *
     * @throws Failure if it is not there, or no trip file
     */
    static TripFile open(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() >= MAX_SIZE) {
                throw new Failure(path + " is larger than the 4 GB that the demo takes: give it a part of it.");
            }
            MemorySegment text = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            long end = endOfLine(text, 0);
            TripFile file = new TripFile(text, new TripColumns(line(text, 0, end)));
            file.index(end + 1);
            return file;
        } catch (java.nio.file.NoSuchFileException e) {
            throw new Failure("There is no file " + path + ".");
        } catch (IOException e) {
            throw new Failure(path + " can't be read as a file of trips: " + e.getMessage() + ".");
        }
    }

    private void index(long firstLine) {
        long number = 2;
        for (long at = firstLine; at < text.byteSize(); number++) {
            long end = endOfLine(text, at);
            String line = line(text, at, end);
            if (!line.isBlank()) {
                index(line, number, at);
            }
            at = end + 1;
        }
        Arrays.sort(rides, 0, count);
    }

    private void index(String line, long number, long position) {
        try {
            add(columns.ride(line).pickup().toEpochSecond(ZoneOffset.UTC), position);
        } catch (IOException e) {
            badRows.add(new BadRow(number, String.valueOf(e.getMessage())));
        }
    }

    private void add(long pickupSeconds, long position) throws IOException {
        if (pickupSeconds < 0 || pickupSeconds >= 1L << 32) {
            throw new IOException("its pickup is not between 1970 and 2106");
        }
        if (count == rides.length) {
            rides = Arrays.copyOf(rides, count * 2);
        }
        rides[count++] = (pickupSeconds - (1L << 31)) << 32 | position;
    }

    @Override
    public long count() {
        return count;
    }

    /** In the order of the file. */
    List<BadRow> badRows() {
        return badRows;
    }

    @Override
    public Cursor open() {
        int[] next = {0};
        return () -> next[0] == count ? null : ride(rides[next[0]++] & 0xFFFF_FFFFL);
    }

    private Ride ride(long position) {
        try {
            return columns.ride(line(text, position, endOfLine(text, position)));
        } catch (IOException e) {
            throw new UncheckedIOException("the file changed while it was read", e);
        }
    }

    private static long endOfLine(MemorySegment text, long from) {
        long at = from;
        while (at < text.byteSize() && text.get(ValueLayout.JAVA_BYTE, at) != '\n') {
            at++;
        }
        return at;
    }

    private static String line(MemorySegment text, long from, long to) {
        return new String(text.asSlice(from, to - from).toArray(ValueLayout.JAVA_BYTE), UTF_8).stripTrailing();
    }
}
