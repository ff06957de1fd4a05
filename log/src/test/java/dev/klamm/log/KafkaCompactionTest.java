package dev.klamm.log;

import static dev.klamm.log.Batches.T0;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same segments to Kafka's own cleaner and to ours, with the same settings and clock, several times as the log grows:
 * every byte of the segments has to be the same, and Kafka has to take the indexes for its own.
 */
class KafkaCompactionTest {
    private static final LogId LOG = new LogId(Uuid.ONE_UUID, "rides", 0);

    @TempDir
    Path directory;

    private final Storage storage = Storage.ofThisMachine();

    /**
     * Settings of one life, from its seed.
     *
     * @param hasTransactions only where the map of keys never is full: Kafka 4.3.1 takes committed records for aborted ones
     *     when it goes on in the middle of a segment, behind the marker of the same producer's aborted transaction
     */
    private record Setting(
            boolean hasTransactions,
            int segmentBytes,
            long deleteRetentionMs,
            double minDirtyRatio,
            long minLagMs,
            Upkeep.Compaction limits) {
        static Setting of(Random random) {
            Upkeep.Compaction d = Upkeep.Compaction.DEFAULT;
            boolean hasTransactions = random.nextBoolean();
            return new Setting(
                    hasTransactions,
                    3000 << random.nextInt(4),
                    random.nextInt(3) * 2000L,
                    random.nextInt(3) * 0.2,
                    random.nextInt(3) == 0 ? 3000 : 0,
                    new Upkeep.Compaction(
                            true,
                            1,
                            24L * (hasTransactions ? 1000 : 20 + random.nextInt(60)),
                            random.nextBoolean() ? 0.9 : 0.5,
                            2000 << random.nextInt(8),
                            d.ioMaxBytesPerSecond(),
                            // The test does what the thread would do.
                            Long.MAX_VALUE));
        }

        Map<String, String> kafkas() {
            Map<String, String> all = new HashMap<>();
            all.put("cleanup.policy", "compact");
            all.put("internal.segment.bytes", Integer.toString(segmentBytes));
            all.put("segment.index.bytes", "2000");
            all.put("index.interval.bytes", "300");
            all.put("delete.retention.ms", Long.toString(deleteRetentionMs));
            all.put("min.cleanable.dirty.ratio", Double.toString(minDirtyRatio));
            all.put("min.compaction.lag.ms", Long.toString(minLagMs));
            return all;
        }

        LogConfig ours() {
            LogConfig d = LogConfig.DEFAULT;
            return new LogConfig(
                    segmentBytes,
                    d.segmentMs(),
                    0,
                    2000,
                    300,
                    d.maxMessageBytes(),
                    d.timestampType(),
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    new LogConfig.Cleanup(
                            true, false, -1, -1, deleteRetentionMs, minDirtyRatio, minLagMs, Long.MAX_VALUE),
                    d.fileDeleteDelayMs(),
                    1,
                    d.flushMs(),
                    null);
        }
    }

    @Test
    void theResultIsKafkasByteForByte() throws Exception {
        int seeds = Integer.getInteger("klamm.seeds.compaction", 25);
        int passes = 0;
        for (long seed = 0; seed < seeds; seed++) {
            try {
                passes += live(Long.getLong("klamm.seed", seed));
            } catch (AssertionError | Exception failed) {
                throw new AssertionError("seed " + seed + ": " + failed.getMessage(), failed);
            }
        }
        assertThat(passes).as("passes").isGreaterThan(seeds);
    }

    private int live(long seed) throws Exception {
        Random random = new Random(seed);
        Setting setting = Setting.of(random);
        KeyedInput input = new KeyedInput(random, T0);
        Path kafkas = directory.resolve("kafka-" + seed);
        Files.createDirectories(kafkas);
        int passes = 0;
        for (int round = 0; round < 4; round++) {
            try (KafkaLog kafka = new KafkaLog(kafkas, LOG, setting.kafkas())) {
                grow(kafka, input, setting.hasTransactions() ? 8 : 5, random);
            }
            input.advance(random.nextInt(3) * 1500L);
            Path ours = directory.resolve("ours-%d-%d".formatted(seed, round));
            copy(kafkas, ours);
            passes += clean(kafkas, ours, setting, input.clockMs());
        }
        return passes;
    }

    private static void grow(KafkaLog kafka, KeyedInput input, int kinds, Random random) throws IOException {
        for (int batch = 0; batch < 60; batch++) {
            switch (random.nextInt(kinds)) {
                case 0, 1, 2 -> kafka.append(input.plain(), input.clockMs());
                case 3, 4 -> kafka.append(input.idempotent(), input.clockMs());
                case 5, 6 -> kafka.append(input.transactional(), input.clockMs());
                default ->
                    kafka.appendMarker(
                            input.hasOpenTransaction() ? input.marker() : input.markerOfNothing(), input.clockMs());
            }
        }
        // Now and then a transaction stays open for a round.
        while (input.hasOpenTransaction() && random.nextInt(6) > 0) {
            kafka.appendMarker(input.marker(), input.clockMs());
        }
    }

    /** Both clean as often as Kafka finds the log due; returns how often. */
    private int clean(Path kafkas, Path ours, Setting setting, long nowMs) throws Exception {
        int passes = 0;
        try (KafkaLog kafka = new KafkaLog(kafkas, LOG, setting.kafkas());
                Logs logs = Logs.open(ours, storage, Logs.Limits.DEFAULT)) {
            logs.reconfigure(new Upkeep(1, 1, setting.limits()));
            PartitionLog log = logs.register(LOG, setting.ours(), 0);
            assertThat(log.logEndOffset()).isPositive();
            boolean isDue = true;
            while (isDue) {
                isDue = kafka.clean(nowMs, setting.limits());
                assertThat(logs.cleaner().cleanDirtiest(nowMs)).as("due").isEqualTo(isDue);
                assertThat(contents(ours)).isEqualTo(contents(kafkas));
                passes++;
            }
        }
        checkIndexes(ours, setting);
        return passes - 1;
    }

    /** Kafka opens our directory as its own, and looks at the indexes as it does so. */
    private static void checkIndexes(Path ours, Setting setting) throws IOException {
        try (KafkaLog again = new KafkaLog(ours, LOG, setting.kafkas())) {
            again.checkIndexes();
        }
    }

    /** Of segments and transaction indexes, by name: what a failure shows of each batch; the CRC stands for the rest. */
    private static Map<String, List<String>> contents(Path root) throws IOException {
        Map<String, List<String>> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(root.resolve(LOG.directoryName()))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
                if (name.endsWith(".log")) {
                    found.put(name, batches(bytes));
                } else if (name.endsWith(".txnindex") && bytes.hasRemaining()) {
                    found.put(name, List.of(HexFormat.of().formatHex(bytes.array())));
                }
            }
        }
        Path checkpoint = root.resolve("cleaner-offset-checkpoint");
        found.put("checkpoint", Files.exists(checkpoint) ? Files.readAllLines(checkpoint) : List.of());
        return found;
    }

    private static List<String> batches(ByteBuffer bytes) {
        List<String> found = new ArrayList<>();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
            batch.ensureValid();
            found.add("%d to %d: %s, producer %d, epoch %d, sequence %d, horizon %s, %d bytes, crc %d"
                    .formatted(
                            batch.baseOffset(),
                            batch.lastOffset(),
                            batch.isControlBatch() ? "marker" : batch.countOrNull() + " records",
                            batch.producerId(),
                            batch.producerEpoch(),
                            batch.baseSequence(),
                            batch.deleteHorizonMs(),
                            batch.sizeInBytes(),
                            batch.checksum()));
        }
        return found;
    }

    private void copy(Path from, Path to) throws IOException {
        Path partition = to.resolve(LOG.directoryName());
        Files.createDirectories(partition);
        try (Stream<Path> files = Files.list(from.resolve(LOG.directoryName()))) {
            for (Path file : files.toList()) {
                Files.copy(file, partition.resolve(file.getFileName()));
            }
        }
        if (Files.exists(from.resolve("cleaner-offset-checkpoint"))) {
            Files.copy(from.resolve("cleaner-offset-checkpoint"), to.resolve("cleaner-offset-checkpoint"));
        }
        CleanShutdown.mark(storage, to, 1);
    }
}
