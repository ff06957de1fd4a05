package dev.klamm.cli;

import dev.klamm.cli.RideRun.Part;
import dev.klamm.cli.RideRun.Progress;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A picture of the run that is drawn over itself five times a second. */
final class LiveRideScreen implements RideScreen {

    private static final int MOST_ROWS = 12;
    private static final int LEFT_WIDTH = 44;
    private static final int NAME_WIDTH = 28;
    private static final int BAR_WIDTH = 30;

    private static final String ERASE_REST = "\033[K";
    private static final String NO_WRAP = "\033[?7l\033[?25l";
    private static final String WRAP = "\033[?7h\033[?25h";
    private static final String BOLD = "\033[1m";
    private static final String DIM = "\033[2m";
    private static final String GREEN = "\033[32m";
    private static final String YELLOW = "\033[33m";
    private static final String PLAIN = "\033[0m";

    private final PrintWriter out;
    private final TerminalSize size;
    private final Zones zones;
    private final String title;
    private final Rates rates = new Rates(0.2);
    private int linesDrawn;

    LiveRideScreen(PrintWriter out, TerminalSize size, Zones zones, String title) {
        this.out = out;
        this.size = size;
        this.zones = zones;
        this.title = title;
        out.print(NO_WRAP);
    }

    @Override
    public long intervalMs() {
        return 200;
    }

    @Override
    public void show(Progress now) {
        rates.update(now);
        var picture = new StringBuilder();
        if (size.refresh() && linesDrawn > 0) {
            // The terminal has broken the lines anew, and the last picture can't be drawn over.
            picture.append("\033[H\033[2J");
        } else if (linesDrawn > 0) {
            picture.append("\033[").append(linesDrawn).append("A\r");
        }
        List<String> lines = lines(now);
        lines.stream()
                .limit(Math.max(4, size.rows() - 1))
                .forEach(line ->
                        picture.append(line).append(PLAIN).append(ERASE_REST).append('\n'));
        picture.append("\033[J");
        linesDrawn = Math.min(lines.size(), Math.max(4, size.rows() - 1));
        out.print(picture);
        out.flush();
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
        if (size.columns() < LEFT_WIDTH + NAME_WIDTH + 14) {
            lines.addAll(left);
            lines.add("");
            lines.addAll(right);
            return lines;
        }
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            String of = i < left.size() ? left.get(i) : "";
            // Moves to a column, whatever stands there: colours have no width.
            lines.add(of + PLAIN + "\033[" + LEFT_WIDTH + "G" + (i < right.size() ? right.get(i) : ""));
        }
        return lines;
    }

    private String produced(Progress now) {
        double done = now.total() == 0 ? 1 : (double) now.acknowledged() / now.total();
        int filled = (int) (done * BAR_WIDTH);
        return String.format(Locale.ROOT, "produced %,12d %,9d/s  ", now.acknowledged(), rates.acknowledged())
                + GREEN
                + "█".repeat(filled)
                + PLAIN
                + DIM
                + "░".repeat(BAR_WIDTH - filled)
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
        int room = size.columns() < LEFT_WIDTH + NAME_WIDTH + 14
                ? size.columns() - NAME_WIDTH - 10
                : size.columns() - LEFT_WIDTH - NAME_WIDTH - 10;
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
        out.print(WRAP + PLAIN);
        out.println();
        out.flush();
    }
}
