package dev.klamm.cli;

import java.io.PrintWriter;

/** How many bytes of all are done, as one line on a terminal that is drawn again twice a second; nothing anywhere else. */
final class ByteProgress {
    private static final long REDRAW_NANOS = 500_000_000;
    private static final String ERASE_LINE = "\r\033[K";

    private final PrintWriter out;
    private final boolean isShown;
    private final long totalBytes;
    private final long startNanos = System.nanoTime();
    private long drawnNanos = startNanos;
    private long doneBytes;
    private boolean isDrawn;

    ByteProgress(Console console, long totalBytes) {
        this.out = console.err();
        this.isShown = console.errIsTerminal();
        this.totalBytes = totalBytes;
    }

    /** Any thread may call it. */
    synchronized void add(long bytes) {
        doneBytes += bytes;
        long now = System.nanoTime();
        if (isShown && now - drawnNanos >= REDRAW_NANOS) {
            drawnNanos = now;
            isDrawn = true;
            long perSecond = Math.round(doneBytes * 1e9 / Math.max(1, now - startNanos));
            out.print(ERASE_LINE + Amount.bytes(doneBytes) + " of " + Amount.bytes(totalBytes) + " checked, "
                    + Amount.bytes(perSecond) + " per second");
            out.flush();
        }
    }

    /** Takes the line away. */
    synchronized void end() {
        if (isDrawn) {
            out.print(ERASE_LINE);
            out.flush();
        }
    }
}
