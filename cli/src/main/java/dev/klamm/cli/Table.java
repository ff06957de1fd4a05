package dev.klamm.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under a heading, each column as wide as its widest cell. Columns of numbers stand on the right. */
final class Table {

    private static final String GAP = "  ";

    private final List<String> heading;
    private final List<List<String>> rows = new ArrayList<>();

    private Table(List<String> heading) {
        this.heading = heading;
    }

    static Table of(String... heading) {
        return new Table(List.of(heading));
    }

    void row(Object... cells) {
        rows.add(Arrays.stream(cells).map(String::valueOf).toList());
    }

    void print(PrintWriter out) {
        int[] widths = new int[heading.size()];
        boolean[] numeric = new boolean[heading.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = width(column);
            numeric[column] = isNumeric(column);
        }
        out.println(line(heading, widths, numeric));
        rows.forEach(row -> out.println(line(row, widths, numeric)));
    }

    private int width(int column) {
        int widest = heading.get(column).length();
        for (List<String> row : rows) {
            widest = Math.max(widest, row.get(column).length());
        }
        return widest;
    }

    private boolean isNumeric(int column) {
        return rows.stream().map(row -> row.get(column)).allMatch(Table::isQuantity);
    }

    /** A number, perhaps with a unit behind it, or the dash of a number that is not known. */
    static boolean isQuantity(String cell) {
        return cell.equals("-") || (!cell.isEmpty() && Character.isDigit(cell.charAt(0)) && !cell.contains(":"));
    }

    static String line(List<String> cells, int[] widths, boolean[] numeric) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = cells.get(column);
            String padding = " ".repeat(Math.max(0, widths[column] - cell.length()));
            line.append(column == 0 ? "" : GAP);
            line.append(numeric[column] ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }
}
