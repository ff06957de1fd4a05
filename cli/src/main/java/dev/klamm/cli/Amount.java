package dev.klamm.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Amount {

    private static final String[] BINARY_UNITS = {"B", "KB", "MB", "GB", "TB", "PB"};

    private Amount() {}

    /** {@code 532 B}, {@code 1.5 KB}, {@code 20 MB}; steps of 1024. */
    static String bytes(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < BINARY_UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        boolean isRound = unit == 0 || amount >= 10;
        return String.format(Locale.ROOT, isRound ? "%.0f %s" : "%.1f %s", amount, BINARY_UNITS[unit]);
    }

    /** {@code 1,234,567}. */
    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 85 ms}, {@code 3.2 s}, {@code 4 min 10 s}. */
    static String time(long millis) {
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
        }
        return millis / 60_000 + " min " + millis / 1_000 % 60 + " s";
    }

    /** {@code 1 record}, {@code 1,000 records}. */
    static String of(long count, String noun) {
        return count(count) + " " + noun + (count == 1 ? "" : "s");
    }
}
