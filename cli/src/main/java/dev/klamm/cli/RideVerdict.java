package dev.klamm.cli;

import dev.klamm.cli.RideRun.Progress;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * What came of a run: what was counted, beside what a second reading of the input gives.
 *
 * @param input the rides that were sent, by zone
 */
record RideVerdict(Progress end, ZoneCounts input, Zones zones) {

    private static final int MOST_ZONES_NAMED = 5;

    boolean isRight() {
        return missing() == 0 && end.counted().twice() == 0 && differences().isEmpty();
    }

    private long missing() {
        return end.sent() - end.counted().rides();
    }

    private List<Integer> differences() {
        return input.differences(end.counted().perZone());
    }

    void print(PrintWriter out, int members, boolean isTerminal) {
        long perSecond = Math.round(end.acknowledged() * 1e9 / Math.max(1, end.nanos()));
        out.println(String.format(
                Locale.ROOT,
                "produced  %,d rides in %.1f s (%,d per second)",
                end.acknowledged(),
                end.nanos() / 1e9,
                perSecond));
        out.println(String.format(
                Locale.ROOT, "counted   %,d rides, by %s", end.counted().rides(), Amount.of(members, "member")));
        out.println(String.format(
                Locale.ROOT,
                "input     %,d rides in %,d zones, read again",
                end.sent(),
                input.busiest().size()));
        String colour = isRight() ? "\033[1;32m" : "\033[1;31m";
        out.println(isTerminal ? colour + sentence() + "\033[0m" : sentence());
    }

    private String sentence() {
        if (!isRight()) {
            return String.format(
                    Locale.ROOT,
                    "WRONG: %,d missing, %,d twice, %s",
                    missing(),
                    end.counted().twice(),
                    zonesThatDiffer());
        }
        String unsent =
                end.sent() < end.total() ? String.format(Locale.ROOT, " (of %,d; it was stopped)", end.total()) : "";
        return String.format(
                Locale.ROOT,
                "OK: each of the %,d rides%s counted once, all %,d zones equal to the input.",
                end.counted().rides(),
                unsent,
                input.busiest().size());
    }

    private String zonesThatDiffer() {
        List<String> named = differences().stream()
                .limit(MOST_ZONES_NAMED)
                .map(zone -> String.format(
                        Locale.ROOT,
                        "%s %,d counted, %,d in the input",
                        zones.name(zone),
                        end.counted().perZone().of(zone),
                        input.of(zone)))
                .toList();
        return String.format(Locale.ROOT, "%,d zones differ: %s.", differences().size(), String.join("; ", named));
    }
}
