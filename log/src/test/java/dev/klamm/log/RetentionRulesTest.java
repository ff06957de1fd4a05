package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.LogConfig.Cleanup;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cases are those of Kafka's UnifiedLog.deleteOldSegments. Times and sizes are small numbers here. */
class RetentionRulesTest {
    private static final long NOW = 1000;

    private record Given(long endOffset, long sizeBytes, long newestMs) implements RetentionRules.Part {}

    /** Three segments of 100 bytes and 10 offsets. */
    private static final List<Given> THREE =
            List.of(new Given(10, 100, 500), new Given(20, 100, 600), new Given(30, 100, 700));

    private static Cleanup delete(long retentionMs, long retentionBytes) {
        return new Cleanup(false, true, retentionMs, retentionBytes, 0, 0.5, 0, Long.MAX_VALUE);
    }

    private static int count(Cleanup cleanup, long logStart, long highWatermark, List<Given> parts) throws IOException {
        return new RetentionRules(cleanup, logStart, highWatermark, NOW).countExpired(parts);
    }

    private static int count(Cleanup cleanup) throws IOException {
        return count(cleanup, 0, 30, THREE);
    }

    @Test
    void aSegmentGoesWhenItsNewestRecordIsOlderThanTheRetention() throws IOException {
        assertThat(count(delete(500, -1))).isZero();
        assertThat(count(delete(499, -1))).isEqualTo(1);
        assertThat(count(delete(399, -1))).isEqualTo(2);
        assertThat(count(delete(299, -1))).isEqualTo(3);
        assertThat(count(delete(-1, -1))).isZero();
    }

    @Test
    void aSegmentGoesWhenTheRestIsStillAsLargeAsTheRetention() throws IOException {
        assertThat(count(delete(-1, 301))).isZero();
        assertThat(count(delete(-1, 201))).isZero();
        assertThat(count(delete(-1, 200))).isEqualTo(1);
        assertThat(count(delete(-1, 150))).isEqualTo(1);
        assertThat(count(delete(-1, 100))).isEqualTo(2);
        assertThat(count(delete(-1, 0))).isEqualTo(3);
    }

    @Test
    void ageIsLookedAtBehindWhatGoesForTheSize() throws IOException {
        assertThat(count(delete(399, 200))).isEqualTo(2);
        assertThat(count(delete(499, 100))).isEqualTo(2);
    }

    @Test
    void aYoungSegmentKeepsTheOlderOnesBehindIt() throws IOException {
        List<Given> parts = List.of(new Given(10, 100, 900), new Given(20, 100, 1), new Given(30, 100, 1));

        assertThat(count(delete(200, -1), 0, 30, parts)).isZero();
    }

    @Test
    void aTimestampInTheFutureKeepsASegment() throws IOException {
        List<Given> parts = List.of(new Given(10, 100, NOW + 1), new Given(20, 100, 1));

        assertThat(count(delete(0, -1), 0, 20, parts)).isZero();
        assertThat(count(delete(0, -1), 0, 20, List.of(new Given(20, 100, Long.MAX_VALUE))))
                .isZero();
    }

    @Test
    void nothingGoesBeyondTheHighWatermark() throws IOException {
        assertThat(count(delete(0, -1), 0, 29, THREE)).isEqualTo(2);
        assertThat(count(delete(0, 0), 0, 9, THREE)).isZero();
    }

    @Test
    void anEmptyLastSegmentStays() throws IOException {
        List<Given> parts = List.of(new Given(10, 100, 1), new Given(10, 0, 1));

        assertThat(count(delete(0, -1), 0, 10, parts)).isEqualTo(1);
        assertThat(count(delete(-1, 0), 0, 10, parts)).isEqualTo(1);
        assertThat(count(delete(0, 0), 0, 0, List.of(new Given(0, 0, 1)))).isZero();
    }

    @Test
    void segmentsBelowTheLogStartGoWhateverThePolicyIsButTheLastOne() throws IOException {
        assertThat(count(Cleanup.COMPACT, 20, 30, THREE)).isEqualTo(2);
        assertThat(count(Cleanup.NONE, 19, 30, THREE)).isEqualTo(1);
        assertThat(count(Cleanup.NONE, 30, 30, THREE)).isEqualTo(2);
    }

    @Test
    void whatIsOnlyCompactedNeverGetsTooOldOrTooLarge() throws IOException {
        assertThat(count(new Cleanup(true, false, 0, 0, 0, 0.5, 0, Long.MAX_VALUE)))
                .isZero();
        assertThat(count(new Cleanup(true, true, 399, -1, 0, 0.5, 0, Long.MAX_VALUE)))
                .isEqualTo(2);
    }

    @Test
    void theSizeIsThatOfWhatIsNotBelowTheLogStart() throws IOException {
        assertThat(count(delete(-1, 100), 10, 30, THREE)).isEqualTo(2);
        assertThat(count(delete(-1, 200), 10, 30, THREE)).isEqualTo(1);
    }
}
