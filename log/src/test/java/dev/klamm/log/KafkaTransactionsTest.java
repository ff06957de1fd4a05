package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.CommittedRead;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same batches, tickets and markers, at random, right and wrong, to Kafka's own log and to ours: the same verdicts, last
 * stable offsets and aborted transactions, and after a clean stop the same files. Then each goes on in the other's directory.
 */
class KafkaTransactionsTest {
    private static final LogId LOG = new LogId(Uuid.ONE_UUID, "rides", 0);
    private static final int STEPS = 150;
    private static final int SEGMENT_BYTES = 4000;

    @TempDir
    Path directory;

    private long nowMs = Batches.T0;

    @Test
    void theLogsAgreeOnEveryStepAndLeaveTheSameFiles() throws Exception {
        int aborted = 0;
        for (long seed = 0; seed < Integer.getInteger("klamm.seeds.transactions", 20); seed++) {
            try {
                aborted += live(Long.getLong("klamm.seed", seed));
            } catch (AssertionError | Exception failed) {
                throw new AssertionError("seed " + seed + ": " + failed.getMessage(), failed);
            }
        }
        assertThat(aborted).as("entries of indexes").isGreaterThan(20);
    }

    private int live(long seed) throws Exception {
        Path kafkas = directory.resolve("kafka-" + seed);
        Path ours = directory.resolve("ours-" + seed);
        Files.createDirectories(kafkas);
        Files.createDirectories(ours);
        Random random = new Random(seed);
        for (int run = 0; run < 3; run++) {
            if (random.nextBoolean()) {
                // Else it looks like a directory of Kafka's that was not stopped cleanly.
                CleanShutdown.mark(Storage.ofThisMachine(), ours, 1);
            }
            Machine machine = Machine.with(Storage.ofThisMachine());
            Machine clocked = new Machine(machine.storage(), machine.threads(), () -> Instant.ofEpochMilli(nowMs));
            try (KafkaLog kafka = new KafkaLog(kafkas, LOG, kafkaConfig(), true);
                    Logs logs = Logs.open(ours, clocked, Logs.Limits.DEFAULT)) {
                PartitionLog log = logs.register(LOG, config(), 0);
                logs.allRegistered();
                new Life(random, kafka, logs, log).run();
            }
            assertThat(indexes(ours)).isEqualTo(indexes(kafkas));
            assertThat(producers(ours)).isEqualTo(producers(kafkas));
            Path swapped = kafkas;
            kafkas = ours;
            ours = swapped;
        }
        return indexes(ours).length() / 2 / AbortedTransaction.SIZE;
    }

    private static Map<String, String> kafkaConfig() {
        return Map.of("internal.segment.bytes", Integer.toString(SEGMENT_BYTES), "index.interval.bytes", "300");
    }

    private static LogConfig config() {
        LogConfig d = LogConfig.DEFAULT;
        return new LogConfig(
                SEGMENT_BYTES,
                d.segmentMs(),
                0,
                d.segmentIndexBytes(),
                300,
                d.maxMessageBytes(),
                d.timestampType(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                LogConfig.Cleanup.NONE,
                d.fileDeleteDelayMs(),
                1,
                d.flushMs(),
                null);
    }

    /** The bytes of all, one behind the other: Kafka may begin a segment for a batch that it then refuses. */
    private static String indexes(Path root) throws IOException {
        StringBuilder found = new StringBuilder();
        try (Stream<Path> files = Files.list(root.resolve(LOG.directoryName()))) {
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(".txnindex")) {
                    found.append(HexFormat.of().formatHex(Files.readAllBytes(file)));
                }
            }
        }
        return found.toString();
    }

    /** As Kafka reads them from the newest snapshot. */
    private static Map<Long, String> producers(Path root) throws IOException {
        Map<Long, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(root.resolve(LOG.directoryName()))) {
            Path newest = files.filter(file -> file.toString().endsWith(".snapshot"))
                    .max(Path::compareTo)
                    .orElseThrow();
            for (ProducerStateEntry entry : ProducerStateManager.readSnapshot(newest.toFile())) {
                found.put(entry.producerId(), newest.getFileName() + ": " + entry);
            }
        }
        return found;
    }

    /** A ticket of ours and of Kafka's, for the same batch. */
    private record Tickets(@Nullable Verification ours, VerificationGuard kafkas) {
        static final Tickets NONE = new Tickets(null, VerificationGuard.SENTINEL);
    }

    private final class Life {
        private final Random random;
        private final KafkaLog kafka;
        private final Logs logs;
        private final PartitionLog log;
        private final Map<Long, Tickets> tickets = new HashMap<>();

        Life(Random random, KafkaLog kafka, Logs logs, PartitionLog log) {
            this.random = random;
            this.kafka = kafka;
            this.logs = logs;
            this.log = log;
        }

        void run() throws Exception {
            for (int step = 0; step < STEPS; step++) {
                nowMs += random.nextInt(50);
                String what = "step " + step;
                long producerId = random.nextInt(4);
                short epoch = (short) random.nextInt(3);
                switch (random.nextInt(10)) {
                    case 0, 1 -> append(what, Batches.batch(1 + random.nextInt(3)), Origin.CLIENT, Tickets.NONE);
                    case 2 -> append(what, idempotent(producerId, epoch), Origin.CLIENT, Tickets.NONE);
                    case 3, 4 -> begin(what, producerId, epoch);
                    case 5 -> append(what, transactional(producerId, epoch), Origin.CLIENT, Tickets.NONE);
                    case 6, 7 -> {
                        Tickets held = tickets.getOrDefault(producerId, Tickets.NONE);
                        Origin origin = held.ours == null || random.nextInt(4) > 0 ? Origin.CLIENT : Origin.COORDINATOR;
                        append(what, transactional(producerId, epoch), origin, held);
                    }
                    default -> end(what, producerId, epoch);
                }
                compareReads(what);
            }
        }

        private int sequence() {
            return random.nextInt(3) == 0 ? random.nextInt(4) : 0;
        }

        private MemoryRecords transactional(long producerId, short epoch) {
            return MemoryRecords.withTransactionalRecords(Compression.NONE, producerId, epoch, sequence(), records());
        }

        private ByteBuffer idempotent(long producerId, short epoch) {
            return MemoryRecords.withIdempotentRecords(Compression.NONE, producerId, epoch, sequence(), records())
                    .buffer();
        }

        private SimpleRecord[] records() {
            return Batches.records(1 + random.nextInt(2));
        }

        private void begin(String what, long producerId, short epoch) {
            int sequence = sequence();
            boolean supportsEpochBump = random.nextBoolean();
            VerificationGuard guard = VerificationGuard.SENTINEL;
            try {
                guard = kafka.log().maybeStartTransactionVerification(producerId, sequence, epoch, supportsEpochBump);
            } catch (ApiException stale) {
                assertThat(Errors.forException(stale)).as(what).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
            }
            Optional<Verification> ticket = log.beginVerification(producerId, epoch, sequence, supportsEpochBump);

            assertThat(ticket.isPresent()).as(what).isEqualTo(!guard.equals(VerificationGuard.SENTINEL));
            tickets.put(producerId, new Tickets(ticket.orElse(null), guard));
        }

        private void append(String what, MemoryRecords records, Origin origin, Tickets held) throws Exception {
            append(what, records.buffer(), origin, held);
        }

        private void append(String what, ByteBuffer batch, Origin origin, Tickets held) throws Exception {
            MemoryRecords copy = MemoryRecords.readableRecords(Batches.copy(batch));
            AppendOrigin kafkas = origin == Origin.CLIENT ? AppendOrigin.CLIENT : AppendOrigin.COORDINATOR;
            String expected = kafkasVerdict(copy, kafkas, held.kafkas, 0);

            String verdict = verdict(log.append(batch, origin, held.ours));
            // After a restart Kafka knows one batch of a producer, and Klamm five.
            boolean isKnownToUsAlone = verdict.startsWith("duplicate") && !expected.startsWith("accept");
            if (!isKnownToUsAlone) {
                assertThat(verdict).as(what).isEqualTo(expected);
            }
        }

        private void end(String what, long producerId, short epoch) throws Exception {
            boolean isCommit = random.nextBoolean();
            int coordinatorEpoch = random.nextInt(8) == 0 ? 1 : 2;
            int version = 1 + random.nextInt(2);
            ControlRecordType type = isCommit ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
            MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                    nowMs, producerId, epoch, new EndTransactionMarker(type, coordinatorEpoch));
            String expected = kafkasVerdict(marker, AppendOrigin.COORDINATOR, VerificationGuard.SENTINEL, version);

            AppendResult result =
                    log.endTransaction(new EndTransaction(producerId, epoch, coordinatorEpoch, isCommit, version));

            assertThat(verdict(result)).as(what).isEqualTo(expected);
        }

        private String kafkasVerdict(MemoryRecords records, AppendOrigin origin, VerificationGuard guard, int version)
                throws IOException {
            long end = kafka.log().logEndOffset();
            try {
                LogAppendInfo info = kafka.append(records, origin, guard, (short) version, nowMs);
                return (info.firstOffset() < end ? "duplicate of " : "accept at ") + info.firstOffset();
            } catch (ApiException refused) {
                return Errors.forException(refused).name();
            }
        }

        private String verdict(AppendResult result) throws Exception {
            return switch (result) {
                case AppendResult.Appended appended -> {
                    logs.awaitSynced(appended.lsn());
                    yield "accept at " + appended.baseOffset();
                }
                case AppendResult.Duplicate duplicate -> "duplicate of " + duplicate.baseOffset();
                case AppendResult.Rejected rejected -> rejected.reason().name();
            };
        }

        private void compareReads(String what) {
            assertThat(log.lastStableOffset()).as(what).isEqualTo(kafka.log().lastStableOffset());
            long offset = random.nextLong(log.lastStableOffset() + 1);
            CommittedRead read = log.readCommitted(offset, 1 + random.nextInt(2000), true);
            if (read.result() instanceof ReadResult.Records records && records.sizeBytes() > 0) {
                List<AbortedTransaction> expected =
                        kafka.log().collectAbortedTransactions(offset, records.endOffset()).stream()
                                .map(it -> new AbortedTransaction(
                                        it.producerId(), it.firstOffset(), it.lastOffset(), it.lastStableOffset()))
                                .filter(it -> it.lastOffset() >= offset)
                                .toList();
                assertThat(read.aborted()).as("%s, from %d", what, offset).isEqualTo(expected);
            }
        }
    }
}
