package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random lives of a data directory on a disk that forgets and fails, against {@link LogModel}. A failure names its seed;
 * {@code -Dklamm.seed=S -Dklamm.seeds=1} lives that one again, step for step.
 */
class LogModelTest {
    private static final int STEPS = 80;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void nothingAcknowledgedIsLostDoubledOrOutOfOrderWhateverHappens() throws Exception {
        long first = Long.getLong("klamm.seed", 0);
        int seeds = Integer.getInteger("klamm.seeds", 2000);
        for (long seed = first; seed < first + seeds; seed++) {
            live(seed);
        }
    }

    private static int live(long seed) throws Exception {
        try {
            return RandomLife.live(seed, STEPS);
        } catch (AssertionError | RuntimeException failed) {
            throw new AssertionError("seed " + seed + ": " + failed.getMessage(), failed);
        }
    }

    @Test
    void theSameSeedIsTheSameLife() throws Exception {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(live(seed)).as("seed %d", seed).isEqualTo(live(seed));
        }
    }
}
