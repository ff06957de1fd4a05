package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random lives of a data directory on a disk that forgets, against {@link LogModel}. A failure names its seed. */
class LogModelTest {
    @TempDir
    Path directory;

    @Test
    @Timeout(120)
    void nothingAcknowledgedIsLostDoubledOrOutOfOrderWhateverHappens() throws Exception {
        int seeds = Integer.getInteger("klamm.seeds", 150);
        for (long seed = 0; seed < seeds; seed++) {
            live(Long.getLong("klamm.seed", seed));
        }
    }

    private void live(long seed) throws IOException, InterruptedException {
        try (RandomLife life = new RandomLife(seed, directory)) {
            life.run(80);
        } catch (AssertionError | RuntimeException failed) {
            throw new AssertionError("seed " + seed + ": " + failed.getMessage(), failed);
        }
    }
}
