package dev.klamm.cli;

import static dev.klamm.cli.Picture.BOLD;
import static dev.klamm.cli.Picture.DIM;
import static dev.klamm.cli.Picture.GREEN;
import static dev.klamm.cli.Picture.PLAIN;

import dev.klamm.cli.StreamsRun.Progress;
import dev.klamm.examples.rides.VendorInfo;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A picture of the run, five times a second. */
final class LiveStreamsScreen implements StreamsScreen {

    private static final int LEFT_WIDTH = 48;
    private static final int NAME_WIDTH = 28;
    private static final int ROWS = 10;
    private static final int BAR_WIDTH = 30;
    private static final double SMOOTHING = 0.2;

    private final Picture picture;
    private final Zones zones;
    private final String title;
    private final Speed produced = new Speed(SMOOTHING);
    private final Speed counted = new Speed(SMOOTHING);
    private final Speed joined = new Speed(SMOOTHING);
    private final Speed windowed = new Speed(SMOOTHING);

    LiveStreamsScreen(Picture picture, Zones zones, String title) {
        this.picture = picture;
        this.zones = zones;
        this.title = title;
    }

    @Override
    public long intervalMs() {
        return 200;
    }

    @Override
    public void show(Progress now) {
        List<String> lines = new ArrayList<>();
        lines.add(BOLD + title + PLAIN + DIM + "  " + Amount.time(now.nanos() / 1_000_000));
        lines.add("");
        lines.add(produced(now));
        var results = now.results();
        lines.add(result("counted", results.counted(), counted, now) + behind(now.acknowledged() - results.counted()));
        lines.add(result("joined", results.pairs().count(), joined, now) + DIM
                + "pairs of a ride's end and a pickup there, 10 minutes apart at most");
        lines.add(result("windowed", results.inWindows(), windowed, now)
                + behind(now.begun() - results.inWindows())
                + String.format(Locale.ROOT, ", %,d windows of 10 s", results.windows()));
        lines.add("");
        lines.addAll(picture.beside(left(now), busiest(now), LEFT_WIDTH, NAME_WIDTH + 14));
        picture.draw(lines);
    }

    private String produced(Progress now) {
        double done = now.total() == 0 ? 1 : (double) now.acknowledged() / now.total();
        long perSecond = produced.at(now.nanos(), now.acknowledged());
        return String.format(Locale.ROOT, "produced %,12d %,9d/s  ", now.acknowledged(), perSecond)
                + Picture.bar(done, BAR_WIDTH)
                + String.format(Locale.ROOT, " %3.0f %% of %,d", Math.floor(done * 100), now.total());
    }

    private static String result(String name, long number, Speed speed, Progress now) {
        return String.format(Locale.ROOT, "%-8s %,12d %,9d/s  ", name, number, speed.at(now.nanos(), number));
    }

    private static String behind(long behind) {
        return DIM + (behind <= 0 ? "up to date" : String.format(Locale.ROOT, "%,d behind", behind));
    }

    private List<String> left(Progress now) {
        List<String> lines = new ArrayList<>();
        lines.add(DIM + "PROGRAM   STATE");
        now.programs().forEach((name, state) -> lines.add(String.format(Locale.ROOT, "%-9s %s", name, state)));
        lines.add("");
        lines.add(DIM + "FREE AT   NEXT PICKUP");
        now.results().latest().forEach(pair -> lines.add(pair(pair)));
        return lines;
    }

    private String pair(VendorInfo pair) {
        LocalDateTime free = pair.lastDropoff();
        LocalDateTime pickup = pair.pickup();
        if (free == null || pickup == null) {
            return "";
        }
        return String.format(
                Locale.ROOT,
                "%tT  %+5d s  %.24s",
                free,
                Duration.between(free, pickup).toSeconds(),
                zones.name(pair.zone()));
    }

    private List<String> busiest(Progress now) {
        ZoneCounts begun = now.results().begun();
        List<Integer> busiest = begun.busiest();
        List<String> lines = new ArrayList<>();
        lines.add(DIM + "BUSIEST PICKUP ZONES");
        long most = busiest.isEmpty() ? 1 : begun.of(busiest.getFirst());
        int room = Math.clamp(picture.columns() - LEFT_WIDTH - NAME_WIDTH - 10, 4, BAR_WIDTH);
        for (int zone : busiest.subList(0, Math.min(ROWS, busiest.size()))) {
            String name = String.format(
                    Locale.ROOT, "%-" + NAME_WIDTH + "." + NAME_WIDTH + "s %,7d ", zones.name(zone), begun.of(zone));
            lines.add(name + GREEN + "█".repeat((int) (room * begun.of(zone) / most)));
        }
        return lines;
    }

    @Override
    public void close() {
        picture.close();
    }
}
