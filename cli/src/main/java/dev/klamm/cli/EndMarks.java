package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.LocalDateTime;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * Rides that no taxi has made, sent behind all others to each partition. Such a ride goes through the programs as they do: when its
 * results come out of one, in a partition, nothing else can come there any more.
 */
final class EndMarks {

    /** The taxi commission's zones end far below. */
    private static final int FIRST_ZONE = 1_000;

    /** By partition. */
    private final TreeMap<Integer, Integer> zones = new TreeMap<>();

    EndMarks(int partitions) {
        for (int zone = FIRST_ZONE; zones.size() < partitions; zone++) {
            byte[] key = String.valueOf(zone).getBytes(UTF_8);
            zones.putIfAbsent(BuiltInPartitioner.partitionForKey(key, partitions), zone);
        }
    }

    static boolean isOne(int zone) {
        return zone >= FIRST_ZONE;
    }

    Collection<Integer> zones() {
        return zones.values();
    }

    /**
     * In the order of time; two for each partition, since a join that has one of its two records waits for what follows the
     * other.
     *
     * @param end of the last ride
     */
    List<Ride> behind(LocalDateTime end) {
        // Far enough behind that it meets no ride in the join.
        LocalDateTime time = end.equals(LocalDateTime.MIN) ? LocalDateTime.of(2020, 1, 1, 0, 0) : end.plusDays(1);
        return Stream.of(time, time.plusDays(1))
                .flatMap(it -> zones.values().stream().map(zone -> mark(zone, it)))
                .toList();
    }

    private static Ride mark(int zone, LocalDateTime time) {
        return new Ride(null, time, time, null, 0, zone, zone, 0, 0, 0);
    }
}
