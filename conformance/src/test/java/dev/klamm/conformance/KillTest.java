package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * SIGKILL in the middle of everything, again and again: {@link HistoryChecker} finds what clients have seen that must not
 * be. {@code -Dconformance.kills=N} sets how often, {@code -Dconformance.seed=N} repeats the plan of an earlier run, though
 * not its timing.
 */
final class KillTest {
    private static final int KILLS = Integer.getInteger("conformance.kills", 20);
    private static final int KILLS_A_ROUND = 25;

    /** A producer of a topic that is being deleted would else bring it back, with one partition. */
    private static final Map<String, String> SETTINGS = Map.of(
            "auto.create.topics.enable", "false",
            "offsets.topic.num.partitions", "3",
            "transaction.state.log.num.partitions", "3",
            "transaction.abort.timed.out.transaction.cleanup.interval.ms", "200",
            "log.retention.check.interval.ms", "500",
            "log.initial.task.delay.ms", "100",
            "log.cleaner.backoff.ms", "500");

    @Test
    void losesNothingThatItAcknowledged() {
        long seed = seed();
        System.out.println("kill -9: " + KILLS + " kills, -Dconformance.seed=" + seed);
        var random = new Random(seed);
        var plan = new Life.Plan(random);
        var statistics = new KillStatistics();
        try (var broker = BrokerUnderTest.start("kill", SETTINGS)) {
            for (int number = 0; statistics.kills() < KILLS; number++) {
                try (var round = new KillRound(number, broker, statistics, random)) {
                    var violations = round.run(Math.min(KILLS_A_ROUND, KILLS - statistics.kills()), plan);
                    System.out.println("kill -9: " + statistics);
                    assertThat(violations).as("-Dconformance.seed=" + seed).isEmpty();
                    if (statistics.kills() < KILLS) {
                        round.deleteTopics();
                    }
                }
            }
            broker.kill();
            assertThat(InspectionTest.doctor(broker)).last().asString().startsWith("Sound: ");
        }
        // A run in which nothing happened has shown nothing.
        assertThat(statistics.acked()).isGreaterThan(50L * KILLS);
        assertThat(statistics.read()).isGreaterThan(50L * KILLS);
        assertThat(statistics.commits()).isGreaterThan(KILLS);
        assertThat(statistics.committed()).isGreaterThan(KILLS);
        assertThat(statistics.readCommitted()).isGreaterThan(5L * KILLS);
    }

    private static long seed() {
        String seed = System.getProperty("conformance.seed", "");
        return seed.isEmpty() ? new Random().nextInt(1_000_000) : Long.parseLong(seed);
    }
}
