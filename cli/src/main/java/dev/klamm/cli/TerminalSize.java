package dev.klamm.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** How large the terminal is, asked again from time to time, as people change it. */
final class TerminalSize {

    private static final long REFRESH_NANOS = 1_000_000_000;

    private int rows = 24;
    private int columns;
    private long askedNanos = System.nanoTime() - REFRESH_NANOS;

    TerminalSize(int columns) {
        this.columns = columns;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    /** Returns whether it has changed. Java can't ask the terminal; stty can. */
    boolean refresh() {
        if (System.nanoTime() - askedNanos < REFRESH_NANOS) {
            return false;
        }
        askedNanos = System.nanoTime();
        int before = columns;
        ask();
        return columns != before;
    }

    private void ask() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            if (answer.length == 2) {
                rows = Integer.parseInt(answer[0]);
                columns = Integer.parseInt(answer[1]);
            }
        } catch (IOException | NumberFormatException e) {
            // No stty, or no terminal behind /dev/tty: the size stays what it was, and we don't ask again.
            askedNanos = Long.MAX_VALUE;
        }
    }
}
