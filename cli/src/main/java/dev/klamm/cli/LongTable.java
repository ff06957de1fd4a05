package dev.klamm.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table of any number of rows, with lines between them: the first rows tell how wide the columns are, and a wider cell
 * that comes later pushes its row to the right.
 */
final class LongTable {
    private static final int ROWS_MEASURED = 200;

    private final Console console;
    private final List<String> heading;
    private final int[] widths;
    private final boolean[] isNumeric;

    /** Rows, and lines as lists of one cell, until the columns are known. */
    private final List<List<String>> measured = new ArrayList<>();

    private boolean isPrinting;

    LongTable(Console console, String... heading) {
        this.console = console;
        this.heading = List.of(heading);
        this.widths = Arrays.stream(heading).mapToInt(String::length).toArray();
        this.isNumeric = new boolean[heading.length];
        Arrays.fill(isNumeric, true);
    }

    void row(Object... cells) {
        add(Arrays.stream(cells).map(String::valueOf).toList());
    }

    /** Text across all columns. */
    void line(String text) {
        add(List.of(text));
    }

    private void add(List<String> cells) {
        if (isPrinting) {
            print(cells);
            return;
        }
        measured.add(cells);
        if (cells.size() == heading.size()) {
            for (int column = 0; column < cells.size(); column++) {
                widths[column] = Math.max(widths[column], cells.get(column).length());
                isNumeric[column] &= Table.isQuantity(cells.get(column));
            }
        }
        if (measured.size() == ROWS_MEASURED) {
            printMeasured();
        }
    }

    private void printMeasured() {
        isPrinting = true;
        // A line that comes before all rows stands above the heading, as what they have in common.
        boolean beginsWithLine = !measured.isEmpty() && measured.getFirst().size() == 1;
        if (!beginsWithLine) {
            print(heading);
        }
        for (int i = 0; i < measured.size(); i++) {
            print(measured.get(i));
            if (i == 0 && beginsWithLine && measured.size() > 1) {
                print(heading);
            }
        }
        measured.clear();
    }

    private void print(List<String> cells) {
        boolean isRow = cells.size() == heading.size();
        console.out().println(isRow ? Table.line(cells, widths, isNumeric) : cells.getFirst());
    }

    /** Prints what is left. */
    void end() {
        if (!isPrinting) {
            printMeasured();
        }
    }
}
