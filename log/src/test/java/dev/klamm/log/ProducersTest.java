package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class ProducersTest {
    private static final long YEARS_AGO_MS = 1_577_836_800_000L;
    private static final long NOW_MS = 1_800_000_000_000L;
    private static final long DAY_MS = 24 * 3600_000L;

    private static ByteBuffer batch(long producerId, int sequence) {
        return MemoryRecords.withIdempotentRecords(
                        Compression.NONE, producerId, (short) 0, sequence, new SimpleRecord(YEARS_AGO_MS, new byte[1]))
                .buffer();
    }

    @Test
    void aProducerOfOldRecordsIsKnownAsLongAsItGoesOn() {
        LogId rides = new LogId(Uuid.randomUuid(), "rides", 0);
        Producers producers = Producers.none(rides, () -> 0);
        producers.expireIfDue(NOW_MS, DAY_MS);
        producers.update(batch(7, 0));

        producers.expireIfDue(NOW_MS + Producers.EXPIRY_INTERVAL_MS, DAY_MS);
        assertThat(producers.states().activeProducers()).hasSize(1);

        producers.expireIfDue(NOW_MS + 2 * Producers.EXPIRY_INTERVAL_MS, DAY_MS);
        assertThat(producers.states().activeProducers()).isEmpty();
    }
}
