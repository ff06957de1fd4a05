package dev.klamm.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Lines on a terminal that are drawn over themselves. To be closed, or the terminal has no cursor afterwards. */
final class Picture implements AutoCloseable {

    static final String BOLD = "\033[1m";
    static final String DIM = "\033[2m";
    static final String GREEN = "\033[32m";
    static final String YELLOW = "\033[33m";
    static final String PLAIN = "\033[0m";

    private static final String ERASE_REST = "\033[K";
    private static final String NO_WRAP = "\033[?7l\033[?25l";
    private static final String WRAP = "\033[?7h\033[?25h";
    private static final int FEWEST_LINES = 4;

    private final PrintWriter out;
    private final TerminalSize size;
    private int linesDrawn;

    Picture(PrintWriter out, TerminalSize size) {
        this.out = out;
        this.size = size;
        out.print(NO_WRAP);
    }

    /** Of the terminal. */
    int columns() {
        return size.columns();
    }

    /** Draws as many as there is room for. */
    void draw(List<String> lines) {
        var picture = new StringBuilder();
        if (size.refresh() && linesDrawn > 0) {
            // The terminal has broken the lines anew, and the last picture can't be drawn over.
            picture.append("\033[H\033[2J");
        } else if (linesDrawn > 0) {
            picture.append("\033[").append(linesDrawn).append("A\r");
        }
        linesDrawn = Math.min(lines.size(), Math.max(FEWEST_LINES, size.rows() - 1));
        lines.stream()
                .limit(linesDrawn)
                .forEach(line ->
                        picture.append(line).append(PLAIN).append(ERASE_REST).append('\n'));
        picture.append("\033[J");
        out.print(picture);
        out.flush();
    }

    /** Two blocks beside one another, the right one from a column on; or below, if it needs more room than there is. */
    List<String> beside(List<String> left, List<String> right, int column, int width) {
        List<String> lines = new ArrayList<>();
        if (size.columns() < column + width) {
            lines.addAll(left);
            lines.add("");
            lines.addAll(right);
            return lines;
        }
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            String of = i < left.size() ? left.get(i) : "";
            // Moves to a column, whatever stands there: colours have no width.
            lines.add(of + PLAIN + "\033[" + column + "G" + (i < right.size() ? right.get(i) : ""));
        }
        return lines;
    }

    /** @param done from 0 to 1 */
    static String bar(double done, int width) {
        int filled = (int) (done * width);
        return GREEN + "█".repeat(filled) + PLAIN + DIM + "░".repeat(width - filled);
    }

    @Override
    public void close() {
        out.print(WRAP + PLAIN);
        out.println();
        out.flush();
    }
}
