package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Plays one situation on the broker under test and on Apache Kafka at the same time, and wants the same notes of both. The
 * two brokers are started for the first test that asks and are stopped after the last one of the run.
 */
final class Comparison implements AutoCloseable {
    /** What must not be waited for as long as in production; ids expire late enough for a machine that stalls. */
    private static final Map<String, String> SETTINGS = Map.of(
            "auto.create.topics.enable", "false",
            "offsets.topic.num.partitions", "2",
            "transaction.state.log.num.partitions", "2",
            "transaction.abort.timed.out.transaction.cleanup.interval.ms", "100",
            "transactional.id.expiration.ms", "8000",
            "transaction.remove.expired.transaction.cleanup.interval.ms", "200");

    private static final short LATEST = 2;

    private final Side tested;
    private final Side kafka;
    private final AtomicInteger played = new AtomicInteger();
    private short transactionVersion = LATEST;

    private Comparison() {
        var starting = CompletableFuture.supplyAsync(
                () -> Side.start(new KafkaDistribution(), "transactions-of-kafka", SETTINGS));
        tested = Side.start(Distribution.underTest(), "transactions", SETTINGS);
        kafka = starting.join();
    }

    /** From now on, clients find this level of the feature {@code transaction.version} (KIP-890). */
    Comparison at(short version) {
        if (version != transactionVersion) {
            var type = version > transactionVersion ? UpgradeType.UPGRADE : UpgradeType.SAFE_DOWNGRADE;
            for (Side side : List.of(tested, kafka)) {
                Reference.get(side.admin()
                        .updateFeatures(
                                Map.of("transaction.version", new FeatureUpdate(version, type)),
                                new UpdateFeaturesOptions())
                        .all());
            }
            transactionVersion = version;
        }
        return this;
    }

    void play(Consumer<Stage> situation) {
        int number = played.getAndIncrement();
        var reference = CompletableFuture.supplyAsync(() -> kafka.play(situation, number));
        List<String> notes = tested.play(situation, number);
        List<String> expected = reference.join();
        if (Boolean.getBoolean("conformance.notes")) {
            System.out.println(String.join("\n", expected) + "\n");
        }
        assertThat(notes).isNotEmpty().isEqualTo(expected);
    }

    @Override
    public void close() {
        tested.close();
        kafka.close();
    }

    /** Gives tests the one comparison of the run. */
    static final class Shared implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Comparison.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Comparison.class))
                    .computeIfAbsent(Comparison.class, _ -> new Comparison(), Comparison.class);
        }
    }
}
