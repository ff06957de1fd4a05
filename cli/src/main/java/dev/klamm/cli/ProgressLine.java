package dev.klamm.cli;

import java.io.PrintWriter;

/** One line on a terminal that says how far a long job is, redrawn twice a second; nothing anywhere else. */
final class ProgressLine {

    private static final long REDRAW_NANOS = 500_000_000;
    private static final String ERASE_LINE = "\r\033[K";

    private final PrintWriter out;
    private final boolean isShown;
    private final String noun;
    private final long startNanos = System.nanoTime();
    private long drawnNanos = startNanos;
    private boolean isDrawn;

    ProgressLine(Console console, String noun) {
        this.out = console.err();
        this.isShown = console.errIsTerminal();
        this.noun = noun;
    }

    void update(long count) {
        long now = System.nanoTime();
        if (isShown && now - drawnNanos >= REDRAW_NANOS) {
            drawnNanos = now;
            isDrawn = true;
            out.print(ERASE_LINE + Amount.of(count, noun) + ", " + Amount.count(perSecond(count)) + " per second");
            out.flush();
        }
    }

    /** Replaces the line by what came of it. */
    void end(String outcome, long count) {
        if (isShown) {
            long millis = (System.nanoTime() - startNanos) / 1_000_000;
            out.println((isDrawn ? ERASE_LINE : "") + outcome + " in " + Amount.time(millis)
                    + (isDrawn ? " (" + Amount.count(perSecond(count)) + " per second)." : "."));
            out.flush();
        }
    }

    private long perSecond(long count) {
        return Math.round(count * 1e9 / Math.max(1, System.nanoTime() - startNanos));
    }
}
