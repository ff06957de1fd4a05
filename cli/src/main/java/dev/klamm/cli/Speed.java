package dev.klamm.cli;

/** How fast a number goes up, smoothed over the last looks at it. */
final class Speed {

    private final double weightOfNew;
    private long lastNanos = -1;
    private long last;
    private double perSecond;

    /** @param weightOfNew 1 shows each look as it is; less smooths */
    Speed(double weightOfNew) {
        this.weightOfNew = weightOfNew;
    }

    /** Takes a look, and returns how much more it is in a second. */
    long at(long nanos, long number) {
        if (lastNanos >= 0) {
            double now = (number - last) / (Math.max(1, nanos - lastNanos) / 1e9);
            perSecond = perSecond == 0 ? now : perSecond + weightOfNew * (now - perSecond);
        }
        lastNanos = nanos;
        last = number;
        return Math.round(perSecond);
    }
}
