package dev.klamm.log;

import static dev.klamm.log.Batches.T0;
import static dev.klamm.log.Batches.idempotent;
import static dev.klamm.log.Batches.transactional;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.PartitionLog.ActiveProducer;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.ProducerStates.Accept;
import dev.klamm.log.ProducerStates.Duplicate;
import dev.klamm.log.ProducerStates.Refuse;
import dev.klamm.log.ProducerStates.Verdict;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProducerStatesTest {
    private static final LogId LOG = new LogId(Uuid.ONE_UUID, "rides", 0);
    private static final long PRODUCER = 4711;

    private final ProducerStates states = new ProducerStates(LOG, () -> Long.MAX_VALUE);

    /** As the log does it: check, assign offsets, append, update. */
    private Verdict send(ByteBuffer batch) {
        return send(batch, Origin.CLIENT);
    }

    private Verdict send(ByteBuffer batch, Origin origin) {
        Verdict verdict = states.check(batch, origin, null, states.endOffset());
        if (verdict instanceof Accept) {
            RecordBatchHeader.assignOffsets(batch, states.endOffset(), 0);
            states.update(batch);
        }
        return verdict;
    }

    private static void assertRefused(Verdict verdict, Reason reason) {
        assertThat(verdict).isInstanceOf(Refuse.class);
        assertThat(((Refuse) verdict).reason()).isEqualTo(reason);
        assertThat(((Refuse) verdict).message()).isNotEmpty();
    }

    @Test
    void acceptsWhatIsNotIdempotent() {
        assertThat(send(Batches.batch(3))).isEqualTo(Verdict.ACCEPT);
        assertThat(send(Batches.batch(2))).isEqualTo(Verdict.ACCEPT);

        assertThat(states.isEmpty()).isTrue();
        assertThat(states.endOffset()).isEqualTo(5);
    }

    @Test
    void acceptsSequencesInOrder() {
        assertThat(send(idempotent(PRODUCER, 0, 0, 3))).isEqualTo(Verdict.ACCEPT);
        assertThat(send(idempotent(PRODUCER, 0, 3, 1))).isEqualTo(Verdict.ACCEPT);
        assertThat(send(idempotent(PRODUCER, 0, 4, 10))).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void answersEachOfTheLastFiveBatchesAsADuplicate() {
        for (int i = 0; i < 6; i++) {
            send(idempotent(PRODUCER, 0, 2 * i, 2));
        }
        for (int i = 1; i < 6; i++) {
            Verdict verdict = send(idempotent(PRODUCER, 0, 2 * i, 2));
            assertThat(verdict)
                    .isEqualTo(new Duplicate(new ProducerState.Batch(2 * i, 2 * i + 1, 2L * i, 2L * i + 1, T0 + 1)));
        }
        assertRefused(send(idempotent(PRODUCER, 0, 0, 2)), Reason.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(states.endOffset()).isEqualTo(12);
    }

    @Test
    void refusesAGapAndAnOverlap() {
        send(idempotent(PRODUCER, 0, 0, 3));

        assertRefused(send(idempotent(PRODUCER, 0, 4, 1)), Reason.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertRefused(send(idempotent(PRODUCER, 0, 2, 2)), Reason.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertRefused(send(idempotent(PRODUCER, 0, 0, 2)), Reason.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void acceptsAnyFirstSequenceOfAProducerItDoesNotKnow() {
        assertThat(send(idempotent(PRODUCER, 5, 1000, 1))).isEqualTo(Verdict.ACCEPT);
        assertThat(send(idempotent(PRODUCER, 5, 1001, 1))).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void wrapsTheSequenceFromTwoToThe31ToZero() {
        send(idempotent(PRODUCER, 0, Integer.MAX_VALUE - 1, 2));
        assertThat(send(idempotent(PRODUCER, 0, 0, 1))).isEqualTo(Verdict.ACCEPT);
        send(idempotent(PRODUCER, 0, 1, 1));

        assertThat(send(idempotent(PRODUCER, 0, Integer.MAX_VALUE - 1, 2))).isInstanceOf(Duplicate.class);
    }

    @Test
    void knowsABatchAcrossTheWrapAsADuplicate() {
        send(idempotent(PRODUCER, 0, Integer.MAX_VALUE - 1, 5));

        assertThat(send(idempotent(PRODUCER, 0, Integer.MAX_VALUE - 1, 5))).isInstanceOf(Duplicate.class);
        assertThat(send(idempotent(PRODUCER, 0, 3, 1))).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void beginsANewEpochAtZeroAndFencesTheOldOne() {
        send(idempotent(PRODUCER, 3, 0, 3));

        assertRefused(send(idempotent(PRODUCER, 4, 3, 1)), Reason.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(send(idempotent(PRODUCER, 4, 0, 1))).isEqualTo(Verdict.ACCEPT);
        assertRefused(send(idempotent(PRODUCER, 3, 3, 1)), Reason.INVALID_PRODUCER_EPOCH);
        assertRefused(send(idempotent(PRODUCER, 3, 0, 3)), Reason.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void keepsProducersApart() {
        send(idempotent(1, 0, 0, 5));
        send(idempotent(2, 0, 0, 3));

        assertThat(send(idempotent(1, 0, 5, 1))).isEqualTo(Verdict.ACCEPT);
        assertThat(send(idempotent(2, 0, 3, 1))).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void asksOfTheBrokersOwnBatchesOnlyThatTheirEpochIsNotOld() {
        assertThat(send(idempotent(PRODUCER, 2, 7, 1), Origin.BROKER)).isEqualTo(Verdict.ACCEPT);
        assertThat(send(idempotent(PRODUCER, 2, 7, 1), Origin.BROKER)).isEqualTo(Verdict.ACCEPT);
        assertRefused(send(idempotent(PRODUCER, 1, 8, 1), Origin.BROKER), Reason.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void refusesTransactionalRecordsOutsideATransaction() {
        assertRefused(send(transactional(PRODUCER, 0, 0, 1)), Reason.INVALID_TXN_STATE);
    }

    @Test
    void knowsAnOpenTransactionFromTheLogUntilItsMarker() {
        send(transactional(PRODUCER, 0, 0, 2), Origin.BROKER);

        assertThat(states.activeProducers()).containsExactly(new ActiveProducer(PRODUCER, (short) 0, 1, T0 + 1, -1, 0));
        assertThat(send(transactional(PRODUCER, 0, 2, 1))).isEqualTo(Verdict.ACCEPT);
        assertRefused(send(idempotent(PRODUCER, 0, 3, 1)), Reason.INVALID_TXN_STATE);

        var marker = new EndTransactionMarker(ControlRecordType.COMMIT, 9);
        send(
                MemoryRecords.withEndTransactionMarker(0, T0 + 99, 0, PRODUCER, (short) 1, marker)
                        .buffer(),
                Origin.BROKER);
        assertThat(states.activeProducers())
                .containsExactly(new ActiveProducer(PRODUCER, (short) 1, -1, T0 + 99, 9, -1));
    }

    @Test
    void aTransactionIsUndecidedForCompactionUntilItsMarkerIsOnDisk() {
        var highWatermark = new AtomicLong(2);
        var log = new ProducerStates(LOG, highWatermark::get);
        ByteBuffer records = transactional(PRODUCER, 0, 0, 2);
        RecordBatchHeader.assignOffsets(records, 0, 0);
        log.update(records);
        var commit = new EndTransactionMarker(ControlRecordType.COMMIT, 9);
        log.update(MemoryRecords.withEndTransactionMarker(2, T0 + 99, 0, PRODUCER, (short) 1, commit)
                .buffer());

        assertThat(log.marks(highWatermark.get()).firstUndecidedOffset()).isZero();
        highWatermark.set(3);
        assertThat(log.marks(highWatermark.get()).firstUndecidedOffset()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void forgetsProducersThatWereIdleForTooLong() {
        send(idempotent(1, 0, 0, 1));
        send(transactional(2, 0, 0, 1), Origin.BROKER);

        states.expire(T0 + 999, 1_000);
        assertThat(states.activeProducers()).hasSize(2);
        states.expire(T0 + 1_000, 1_000);
        assertThat(states.activeProducers())
                .extracting(ActiveProducer::producerId)
                .containsExactly(2L);
    }

    /** The same batches, at random, to Kafka's own classes and to ours: the same verdicts and the same state. */
    @Test
    void judgesAsKafkaDoes(@TempDir Path directory) throws Exception {
        for (int run = 0; run < 200; run++) {
            long seed = System.nanoTime();
            var random = new Random(seed);
            var kafkas = new KafkaProducers(directory.toFile());
            var ours = new ProducerStates(LOG, () -> Long.MAX_VALUE);
            for (int step = 0; step < 100; step++) {
                ByteBuffer batch = idempotent(
                        random.nextInt(2),
                        random.nextInt(2),
                        random.nextInt(20) == 0 ? Integer.MAX_VALUE - 1 : random.nextInt(4),
                        1 + random.nextInt(2));
                Verdict verdict = ours.check(batch, Origin.CLIENT, null, ours.endOffset());
                RecordBatchHeader.assignOffsets(batch, ours.endOffset(), 0);
                assertThat(verdictOf(verdict))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(kafkas.append(MemoryRecords.readableRecords(batch)));
                if (verdict instanceof Accept) {
                    ours.update(batch);
                }
            }
        }
    }

    private static String verdictOf(Verdict verdict) {
        return switch (verdict) {
            case Accept accepted -> "accept";
            case Duplicate duplicate -> "duplicate of " + duplicate.original().baseOffset();
            case Refuse refuse -> refuse.reason().name();
        };
    }

    private static final class KafkaProducers {
        private final ProducerStateManager manager;

        KafkaProducers(File directory) throws IOException {
            var config = new ProducerStateManagerConfig(Integer.MAX_VALUE, true);
            manager = new ProducerStateManager(new TopicPartition("rides", 0), directory, 60_000, config, Time.SYSTEM);
        }

        String append(MemoryRecords records) {
            RecordBatch batch = records.batches().iterator().next();
            var known = manager.lastEntry(batch.producerId());
            if (known.isPresent() && known.get().producerEpoch() == batch.producerEpoch()) {
                for (var earlier : known.get().batchMetadata()) {
                    if (earlier.firstSeq() == batch.baseSequence() && earlier.lastSeq() == batch.lastSequence()) {
                        return "duplicate of " + earlier.firstOffset();
                    }
                }
            }
            try {
                var info = manager.prepareUpdate(batch.producerId(), AppendOrigin.CLIENT);
                info.append(batch, java.util.Optional.empty());
                manager.update(info);
                return "accept";
            } catch (ApiException e) {
                return Errors.forException(e).name();
            }
        }
    }
}
