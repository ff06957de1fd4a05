package dev.klamm.cli;

import dev.klamm.cli.RideRun.Progress;
import java.io.PrintWriter;
import java.util.Locale;

/** A line each second. */
final class PlainRideScreen implements RideScreen {

    private final PrintWriter out;
    private final Rates rates = new Rates(1);

    PlainRideScreen(PrintWriter out) {
        this.out = out;
    }

    @Override
    public long intervalMs() {
        return 1_000;
    }

    @Override
    public void show(Progress now) {
        rates.update(now);
        String silent = rates.silentSeconds() == 0 ? "" : ", no answer for " + rates.silentSeconds() + " s";
        out.println(String.format(
                Locale.ROOT,
                "%.1f s: %,d of %,d produced (%,d/s), %,d counted (%,d/s)%s",
                now.nanos() / 1e9,
                now.acknowledged(),
                now.total(),
                rates.acknowledged(),
                now.counted().rides(),
                rates.counted(),
                silent));
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }
}
