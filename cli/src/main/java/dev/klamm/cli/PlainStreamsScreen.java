package dev.klamm.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** A line each second. */
final class PlainStreamsScreen implements StreamsScreen {

    private final PrintWriter out;
    private final Speed produced = new Speed(1);

    PlainStreamsScreen(PrintWriter out) {
        this.out = out;
    }

    @Override
    public long intervalMs() {
        return 1_000;
    }

    @Override
    public void show(StreamsRun.Progress now) {
        out.println(String.format(
                Locale.ROOT,
                "%.1f s: %,d of %,d produced (%,d/s); %,d counted, %,d pairs joined, %,d in %,d windows",
                now.nanos() / 1e9,
                now.acknowledged(),
                now.total(),
                produced.at(now.nanos(), now.acknowledged()),
                now.results().counted(),
                now.results().pairs().count(),
                now.results().inWindows(),
                now.results().windows()));
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }
}
