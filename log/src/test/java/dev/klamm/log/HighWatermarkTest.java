package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class HighWatermarkTest {
    private final AtomicBoolean isDurable = new AtomicBoolean();
    private final HighWatermark highWatermark = new HighWatermark(new LogId(Uuid.ONE_UUID, "rides", 0), isDurable::get);

    @Test
    void whereWrittenIsEnoughItMovesAtOnce() {
        assertThat(highWatermark.written(10)).isFalse();
        assertThat(highWatermark.offset()).isEqualTo(10);
    }

    @Test
    void aLogThatBecameDurableSinceItsRecordsWereQueuedHasTheirRoundSynced() {
        isDurable.set(true);

        assertThat(highWatermark.written(10)).isTrue();
        assertThat(highWatermark.offset()).isZero();
        highWatermark.synced(10);
        assertThat(highWatermark.offset()).isEqualTo(10);
    }
}
