package dev.klamm.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The text form that Kafka's checkpoints share, one entry a line, fields parted by spaces:
 *
 * <pre>
 * 0        version
 * 2        count of entries
 * a 0 17   first entry
 * a 1 4    second entry
 * </pre>
 *
 * An empty file holds no entries; Kafka creates it that way.
 */
final class CheckpointLines {
    private static final String VERSION = "0";
    private static final Pattern SPACES = Pattern.compile("\\s+");

    private CheckpointLines() {}

    static void write(Storage storage, Path path, List<String> entries) throws IOException {
        var text = new StringBuilder(64 + entries.size() * 32);
        text.append(VERSION).append('\n').append(entries.size()).append('\n');
        for (String entry : entries) {
            text.append(entry).append('\n');
        }
        SmallFile.replace(storage, path, StandardCharsets.UTF_8.encode(text.toString()));
    }

    /**
     * Returns the fields of each entry.
     *
     * @throws java.nio.file.NoSuchFileException if there is no file
     * @throws GarbledFileException if version, count or number of fields are wrong, or the last line has no end
     */
    static List<Line> read(Storage storage, Path path, int fieldCount) throws IOException {
        String text =
                StandardCharsets.UTF_8.decode(SmallFile.read(storage, path)).toString();
        if (text.isEmpty()) {
            return List.of();
        }
        // The end of the last line tells a whole number from one that was cut, such as 12 from 123.
        if (!text.endsWith("\n")) {
            throw new GarbledFileException(path, "the last line is not finished");
        }
        List<String> lines = text.lines().toList();
        if (lines.size() < 2
                || !lines.get(0).equals(VERSION)
                || !lines.get(1).equals(Integer.toString(lines.size() - 2))) {
            throw new GarbledFileException(path, "not a checkpoint of version 0 with as many entries as it says");
        }
        return lines.stream()
                .skip(2)
                .map(line -> new Line(path, List.of(SPACES.split(line)), fieldCount))
                .toList();
    }

    /** One entry. A wrong number of fields, or a field that is no number, shows when the fields are asked for. */
    record Line(Path path, List<String> fields, int fieldCount) {

        String text(int field) throws GarbledFileException {
            if (fields.size() != fieldCount) {
                throw new GarbledFileException(path, "malformed line: " + String.join(" ", fields));
            }
            return fields.get(field);
        }

        int number(int field) throws GarbledFileException {
            long number = longNumber(field);
            if (number != (int) number) {
                throw new GarbledFileException(path, "out of range: " + number);
            }
            return (int) number;
        }

        long longNumber(int field) throws GarbledFileException {
            try {
                return Long.parseLong(text(field));
            } catch (NumberFormatException e) {
                throw new GarbledFileException(path, "not a number: " + fields.get(field));
            }
        }
    }
}
