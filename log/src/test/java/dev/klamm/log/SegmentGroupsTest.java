package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentGroupsTest {
    private static final LogId LOG = new LogId(Uuid.randomUuid(), "zones", 0);

    @TempDir
    Path directory;

    @Test
    void neighboursWithAHoleBetweenThemStayApart() throws IOException {
        Segment first = Segment.create(Storage.ofThisMachine(), directory, 0, 0);
        Segment second = Segment.create(Storage.ofThisMachine(), directory, 10, 0);
        List<Segment> both = List.of(first, second);
        Damage hole = new Damage(LOG, 5, 9, "zones-0/0.log", "gone");
        Damage behind = new Damage(LOG, 10, 12, "zones-0/10.log", "gone");

        assertThat(SegmentGroups.of(both, 20, LogConfig.DEFAULT, List.of(behind)))
                .containsExactly(both);
        assertThat(SegmentGroups.of(both, 20, LogConfig.DEFAULT, List.of(hole)))
                .containsExactly(List.of(first), List.of(second));
        first.close();
        second.close();
    }
}
