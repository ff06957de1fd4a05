package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where compaction left no batch between the offset that is asked for and the tail. */
class LogReadsTest {
    private static final LogId ID = new LogId(Uuid.ONE_UUID, "zones", 0);
    private static final long HOLE = 3;
    private static final int BYTES = 1000;

    @TempDir
    Path directory;

    private LogReads reads;

    @BeforeEach
    void aHoleIsKnown() throws Exception {
        var storage = new RealStorage();
        Damages damages = Damages.read(storage, directory);
        damages.report(new Damage(ID, HOLE, HOLE, "zones-0/00000000000000000000.log", "gone"));
        reads = new LogReads(ID, Segments.in(storage, directory, 0), damages);
    }

    @Test
    void aHoleBeforeTheTailIsNotPassedSilentlyByWhoAsksForWhatWasDroppedBeforeIt() {
        assertThat(reads.read(HOLE - 2, HOLE + 1, BYTES, true, Long.MAX_VALUE))
                .containsInstanceOf(ReadResult.Corrupt.class);
    }

    @Test
    void aHoleThatTheReaderHasPassedIsNoneOfItsConcern() {
        assertThat(reads.read(HOLE + 1, HOLE + 2, BYTES, true, Long.MAX_VALUE)).isEmpty();
    }
}
