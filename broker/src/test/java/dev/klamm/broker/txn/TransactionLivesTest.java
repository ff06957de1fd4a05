package dev.klamm.broker.txn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.coordinator.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random lives of a transactional id, with producers of both versions, zombies, stops, a log that refuses and markers that fail.
 * After each command what is recorded gives the same state again (see {@link TransactionScenario}). A failure prints the seed.
 */
class TransactionLivesTest {
    private static final int LIVES = 300;
    private static final int COMMANDS = 150;

    @Test
    void noEpochComesTwiceAndNothingHangs() {
        long firstSeed = Long.getLong("seed", 20_261_120);
        for (long seed = firstSeed; seed < firstSeed + LIVES; seed++) {
            live(seed);
        }
    }

    private static void live(long seed) {
        var random = new Random(seed);
        var scenario = new TransactionScenario();
        var history = new ArrayList<String>();
        // Some begin near the end of their epochs.
        run(scenario, random.nextBoolean() ? "config" : "config epoch=" + (32_760 + random.nextInt(7)), history, seed);
        for (int i = 0; i < COMMANDS; i++) {
            Transaction before = scenario.transaction();
            run(scenario, command(random, scenario), history, seed);
            assertThat(isAfter(before, scenario.transaction()))
                    .as("seed %d: %s", seed, history)
                    .isTrue();
            assertThat(endsByItself(scenario)).as("seed %d: %s", seed, history).isTrue();
        }
        assertEnds(scenario, history, seed);
    }

    private static String command(Random random, TransactionScenario scenario) {
        if (scenario.isWritingMarkers() && random.nextInt(3) == 0) {
            return random.nextInt(4) == 0 ? "markers without=rides-0" : "markers";
        }
        String client = random.nextBoolean() ? "alice" : "bob";
        String version = " version=" + (random.nextBoolean() ? 2 : 0);
        return switch (random.nextInt(16)) {
            case 0 -> "init " + client + " timeout=" + (1 + random.nextInt(60_000));
            case 1 -> "init " + client + " goes-on=yes";
            case 2, 3, 4, 5 -> "add " + client + " to=rides-" + random.nextInt(3) + version;
            case 6, 7, 8 -> "commit " + client + version;
            case 9, 10 -> "abort " + client + version;
            case 11 -> "advance " + random.nextInt(30_000);
            case 12 -> "end-overdue clock";
            case 13 -> "restart";
            case 14 -> "fill-log";
            default -> "verify " + client;
        };
    }

    private static void run(TransactionScenario scenario, String command, List<String> history, long seed) {
        history.add(command);
        try {
            history.add(scenario.run(command).toString());
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError("seed " + seed + ": " + history, failure);
        }
    }

    /** A producer id's epoch never goes back, and a producer id that was given up never comes back. */
    private static boolean isAfter(@Nullable Transaction before, @Nullable Transaction after) {
        if (before == null || after == null) {
            return true;
        }
        return after.producerId() == before.producerId()
                ? after.producerEpoch() >= before.producerEpoch()
                : after.producerId() > before.producerId() && Transaction.isLastEpoch(before.producerEpoch());
    }

    /** Whoever is in a transaction, or lacks markers, is either being seen to or will be. */
    private static boolean endsByItself(TransactionScenario scenario) {
        Transaction now = scenario.transaction();
        return now == null
                || now.status().isAtRest()
                || scenario.isWritingMarkers()
                || scenario.deadlineMs() < StateMachine.NEVER;
    }

    private static void assertEnds(TransactionScenario scenario, List<String> history, long seed) {
        run(scenario, "restart", history, seed);
        for (int i = 0; i < 3; i++) {
            run(scenario, "advance 60000", history, seed);
            run(scenario, "end-overdue clock", history, seed);
            if (scenario.isWritingMarkers()) {
                run(scenario, "markers", history, seed);
            }
        }
        Transaction last = scenario.transaction();
        assertThat(last == null || last.status().isAtRest())
                .as("seed %d: %s", seed, history)
                .isTrue();
    }
}
