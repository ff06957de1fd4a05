package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** The forty busiest taxi zones of New York, and how busy they are. */
final class Zones {

    /** @param weight share of all pickups, in thousandths */
    private record Zone(int id, String name, int weight) {}

    private final List<Zone> zones;
    private final Map<Integer, Zone> byId;
    private final int totalWeight;

    private Zones(List<Zone> zones) {
        this.zones = zones;
        this.byId = zones.stream().collect(Collectors.toMap(Zone::id, Function.identity()));
        this.totalWeight = zones.stream().mapToInt(Zone::weight).sum();
    }

    static Zones read() {
        try (InputStream in = Objects.requireNonNull(Zones.class.getResourceAsStream("zones.csv"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
            return new Zones(lines.lines().skip(1).map(Zones::zone).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Zone zone(String line) {
        String[] cells = line.split(",", -1);
        return new Zone(Integer.parseInt(cells[0]), cells[1], Integer.parseInt(cells[2]));
    }

    /** Its name, or its number if it is not one of them. */
    String name(int id) {
        Zone zone = byId.get(id);
        return zone == null ? "zone " + id : zone.name();
    }

    /** A zone, the busier the more likely. */
    int pick(RandomGenerator random) {
        int left = random.nextInt(totalWeight);
        for (Zone zone : zones) {
            left -= zone.weight();
            if (left < 0) {
                return zone.id();
            }
        }
        throw new IllegalStateException("the weights do not add up");
    }
}
