package dev.klamm.cli;

import static dev.klamm.cli.Picture.BOLD;
import static dev.klamm.cli.Picture.DIM;
import static dev.klamm.cli.Picture.GREEN;
import static dev.klamm.cli.Picture.PLAIN;
import static dev.klamm.cli.Picture.YELLOW;

import dev.klamm.cli.RideRun.Part;
import dev.klamm.cli.RideRun.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A picture of the run, five times a second. */
final class LiveRideScreen implements RideScreen {

    private static final int MOST_ROWS = 12;
    private static final int LEFT_WIDTH = 44;
    private static final int NAME_WIDTH = 28;
    private static final int BAR_WIDTH = 30;

    private final Picture picture;
    private final Zones zones;
    private final String title;
    private final Rates rates = new Rates(0.2);

    LiveRideScreen(Picture picture, Zones zones, String title) {
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
        rates.update(now);
        picture.draw(lines(now));
    }

    private List<String> lines(Progress now) {
        List<String> lines = new ArrayList<>();
        lines.add(BOLD + title + PLAIN + DIM + "  " + Amount.time(now.nanos() / 1_000_000));
        lines.add("");
        lines.add(produced(now));
        lines.add(counted(now));
        lines.add(
                rates.silentSeconds() == 0
                        ? ""
                        : YELLOW + "The broker has not answered for " + rates.silentSeconds()
                                + " s; it goes on when it is back.");
        List<String> left = partitions(now);
        List<String> right = zones(now);
        lines.addAll(picture.beside(left, right, LEFT_WIDTH, NAME_WIDTH + 14));
        return lines;
    }

    private String produced(Progress now) {
        double done = now.total() == 0 ? 1 : (double) now.acknowledged() / now.total();
        return String.format(Locale.ROOT, "produced %,12d %,9d/s  ", now.acknowledged(), rates.acknowledged())
                + Picture.bar(done, BAR_WIDTH)
                + String.format(Locale.ROOT, " %3.0f %% of %,d", Math.floor(done * 100), now.total());
    }

    private String counted(Progress now) {
        long behind = Math.max(0, now.acknowledged() - now.counted().rides());
        return String.format(
                        Locale.ROOT, "counted  %,12d %,9d/s  ", now.counted().rides(), rates.counted())
                + DIM
                + (behind == 0 ? "up to date" : String.format(Locale.ROOT, "%,d behind", behind));
    }

    private static List<String> partitions(Progress now) {
        List<String> lines = new ArrayList<>();
        lines.add(DIM + "PARTITION  MEMBER    COUNTED      LAG");
        now.parts().stream().limit(MOST_ROWS).map(LiveRideScreen::partition).forEach(lines::add);
        if (now.parts().size() > MOST_ROWS) {
            lines.add(DIM
                    + String.format(
                            Locale.ROOT, "%9s  and %d more", "", now.parts().size() - MOST_ROWS));
        }
        return lines;
    }

    private static String partition(Part it) {
        String member = it.member() == 0 ? "-" : String.valueOf(it.member());
        return String.format(
                Locale.ROOT,
                "%9d  %6s %,10d %s%,8d",
                it.partition(),
                member,
                it.counted(),
                it.lag() > 0 ? YELLOW : "",
                it.lag());
    }

    private List<String> zones(Progress now) {
        List<String> lines = new ArrayList<>();
        lines.add(DIM + "BUSIEST PICKUP ZONES");
        List<Integer> busiest = now.counted().perZone().busiest();
        int rows = Math.clamp(now.parts().size(), 6, MOST_ROWS);
        long most = busiest.isEmpty() ? 1 : now.counted().perZone().of(busiest.getFirst());
        int room = picture.columns() < LEFT_WIDTH + NAME_WIDTH + 14
                ? picture.columns() - NAME_WIDTH - 10
                : picture.columns() - LEFT_WIDTH - NAME_WIDTH - 10;
        for (int zone : busiest.subList(0, Math.min(rows, busiest.size()))) {
            long rides = now.counted().perZone().of(zone);
            int bar = (int) Math.max(0, Math.min(BAR_WIDTH, room) * rides / most);
            lines.add(String.format(
                            Locale.ROOT, "%-" + NAME_WIDTH + "." + NAME_WIDTH + "s %,7d ", zones.name(zone), rides)
                    + GREEN
                    + "█".repeat(bar));
        }
        return lines;
    }

    @Override
    public void close() {
        picture.close();
    }
}
