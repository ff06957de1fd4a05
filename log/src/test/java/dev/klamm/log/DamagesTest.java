package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagesTest {
    private static final LogId RIDES = new LogId(Uuid.ONE_UUID, "rides", 3);
    private static final Damage DAMAGE =
            new Damage(RIDES, 100, 149, "rides-3/00000000000000000000.log", "the CRC is wrong");

    @TempDir
    Path directory;

    private Damages read() throws Exception {
        return Damages.read(new RealStorage(), directory);
    }

    @Test
    void aRestartKnowsWhatWasReported() throws Exception {
        read().report(DAMAGE);

        Damages again = read();

        assertThat(again.all()).containsExactly(DAMAGE);
        assertThat(again.at(RIDES, 149)).contains(DAMAGE);
        assertThat(again.at(RIDES, 150)).isEmpty();
        assertThat(again.at(new LogId(Uuid.randomUuid(), "rides", 3), 149)).isEmpty();
    }

    @Test
    void theSameDamageIsReportedOnce() throws Exception {
        Damages damages = read();
        damages.report(DAMAGE);
        damages.report(DAMAGE);

        assertThat(damages.all()).hasSize(1);
    }

    @Test
    void whatIsDeletedIsNoDamageAnyMore() throws Exception {
        Damages damages = read();
        damages.report(DAMAGE);

        damages.forgetBelow(RIDES, 149);
        assertThat(damages.all()).hasSize(1);
        damages.forgetBelow(RIDES, 150);
        assertThat(damages.all()).isEmpty();
        assertThat(read().all()).isEmpty();
    }

    @Test
    void aGarbledFileCountsAsNone() throws Exception {
        Files.writeString(directory.resolve("klamm.damage"), "0\n1\nrides nonsense\n");

        assertThat(read().all()).isEmpty();
    }
}
