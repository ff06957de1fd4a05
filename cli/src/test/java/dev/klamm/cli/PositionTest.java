package dev.klamm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PositionTest {

    private static final Instant NOW = Instant.parse("2026-11-20T14:30:00Z");

    @Test
    void readsEndsByBothNames() {
        assertThat(parse("beginning")).isEqualTo(new Position.Beginning()).isEqualTo(parse("earliest"));
        assertThat(parse("END")).isEqualTo(new Position.End()).isEqualTo(parse("latest"));
    }

    @Test
    void readsOffsets() {
        assertThat(parse("1200")).isEqualTo(new Position.Offset(1200));
    }

    @Test
    void readsTimesAgo() {
        assertThat(parse("-10m")).isEqualTo(new Position.Time(Instant.parse("2026-11-20T14:20:00Z")));
        assertThat(parse("-2d")).isEqualTo(new Position.Time(Instant.parse("2026-11-18T14:30:00Z")));
    }

    @Test
    void readsTimesWithAZoneAndWithout() {
        assertThat(parse("2026-11-20T14:30:00Z")).isEqualTo(new Position.Time(NOW));
        assertThat(parse("2026-11-20 15:30")).isEqualTo(new Position.Time(NOW));
        assertThat(parse("2026-11-20")).isEqualTo(new Position.Time(Instant.parse("2026-11-19T23:00:00Z")));
    }

    @Test
    void knowsNothingElse() {
        assertThat(parse("tomorrow")).isNull();
        assertThat(parse("-10")).isNull();
        assertThat(parse("")).isNull();
    }

    private static @Nullable Position parse(String text) {
        return Position.parse(text, NOW, ZoneId.of("Europe/Vienna"));
    }
}
