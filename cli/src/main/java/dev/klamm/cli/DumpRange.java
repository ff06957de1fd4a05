package dev.klamm.cli;

import picocli.CommandLine.Option;

/** From where on, and how much of it, is to be shown. A mixin. */
final class DumpRange {

    @Option(
            names = "--offset",
            paramLabel = "FROM",
            description = "Begin with what holds this offset, or comes next; in the journal, this lsn.")
    private long from;

    @Option(
            names = {"-n", "--max"},
            paramLabel = "N",
            description = "Stop after so many batches, records (with --records) or entries.")
    private long max = Long.MAX_VALUE;

    private long shown;

    long from() {
        return from;
    }

    /** Whether something that ends with this offset is to be shown, of which so many were already. */
    boolean admits(long lastOffset) {
        return lastOffset >= from && shown < max;
    }

    void count() {
        shown++;
    }

    boolean isOver() {
        return shown >= max;
    }
}
