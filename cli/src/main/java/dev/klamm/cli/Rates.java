package dev.klamm.cli;

import dev.klamm.cli.RideRun.Progress;
import org.jspecify.annotations.Nullable;

/** Rides per second between two looks at a run, smoothed; and since when nothing has moved. */
final class Rates {

    private static final long SILENCE_NANOS = 2_000_000_000;

    private final double weightOfNew;
    private @Nullable Progress last;
    private double acknowledged;
    private double counted;
    private long movedNanos;

    /** @param weightOfNew 1 shows each look as it is; less smooths */
    Rates(double weightOfNew) {
        this.weightOfNew = weightOfNew;
    }

    void update(Progress now) {
        Progress before = last;
        last = now;
        if (before == null) {
            movedNanos = now.nanos();
            return;
        }
        double seconds = Math.max(1, now.nanos() - before.nanos()) / 1e9;
        acknowledged = smooth(acknowledged, (now.acknowledged() - before.acknowledged()) / seconds);
        counted = smooth(counted, (now.counted().rides() - before.counted().rides()) / seconds);
        boolean hasMoved = now.acknowledged() > before.acknowledged()
                || now.counted().rides() > before.counted().rides();
        if (hasMoved || now.acknowledged() == now.sent()) {
            movedNanos = now.nanos();
        }
    }

    private double smooth(double before, double now) {
        return before == 0 ? now : before + weightOfNew * (now - before);
    }

    long acknowledged() {
        return Math.round(acknowledged);
    }

    long counted() {
        return Math.round(counted);
    }

    /** Seconds for which rides have been under way and the broker has answered nothing; 0 for less than two. */
    long silentSeconds() {
        long silentNanos = last == null ? 0 : last.nanos() - movedNanos;
        return silentNanos < SILENCE_NANOS ? 0 : silentNanos / 1_000_000_000;
    }
}
