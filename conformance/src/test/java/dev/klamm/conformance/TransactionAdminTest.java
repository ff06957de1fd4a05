package dev.klamm.conformance;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AbortTransactionOptions;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What an administrator sees of transactions, and does to them. */
@ComparedWithKafka
final class TransactionAdminTest {
    private final Comparison both;

    TransactionAdminTest(short transactionVersion, Comparison both) {
        this.both = both.at(transactionVersion);
    }

    @Test
    void fencesProducers() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer idle = stage.producer("idle", "idle", Map.of()).init();
            NotedProducer busy =
                    stage.producer("busy", "busy", Map.of()).init().begin().send(topic, "a");
            for (String id : List.of("idle", "busy", "unknown")) {
                stage.note("fencing " + id, () -> {
                    var result = stage.admin().fenceProducers(List.of(stage.transactionalId(id)));
                    return "epoch " + result.epochId(stage.name(id)).get();
                });
            }
            stage.describes();
            busy.commit().abort();
            idle.begin().send(topic, "b").commit();
            stage.reads();
        });
    }

    @Test
    void terminatesATransaction() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer busy = stage.producer("busy").init().begin().send(topic, "a");
            stage.note(
                    "terminating",
                    () -> stage.admin()
                            .forceTerminateTransaction(stage.name("tx"))
                            .result()
                            .get());
            stage.describes();
            stage.reads();
            busy.send(topic, "b").commit().abort();
            stage.note(
                    "terminating one that there is not",
                    () -> stage.admin()
                            .forceTerminateTransaction(stage.transactionalId("unknown"))
                            .result()
                            .get());
            stage.describes();
        });
    }

    @Test
    void abortsWhatHangs() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            // So that there is an epoch before the one that hangs.
            stage.producer("earlier").init();
            NotedProducer hanging = stage.producer("hanging").init().begin().send(topic, "a");
            ProducerState state = onlyProducer(stage, topic);
            int epoch = state.producerEpoch();
            // An epoch that is over, one that is not begun, a producer of nothing, a partition that there is not.
            aborts(stage, topic, state.producerId(), epoch - 1);
            stage.reads();
            aborts(stage, topic, state.producerId() + 1_000_000, epoch);
            aborts(stage, new TopicPartition(stage.name("missing"), 0), state.producerId(), epoch);
            aborts(stage, topic, state.producerId(), epoch);
            stage.reads();
            stage.producersOf(topic);
            stage.describes();
            hanging.send(topic, "b").commit().abort();
            stage.describes();
            stage.reads();
        });
    }

    private static ProducerState onlyProducer(Stage stage, TopicPartition topic) {
        return Reference.get(stage.admin().describeProducers(List.of(topic)).partitionResult(topic))
                .activeProducers()
                .getFirst();
    }

    private static void aborts(Stage stage, TopicPartition partition, long producerId, int epoch) {
        var spec = new AbortTransactionSpec(partition, producerId, (short) epoch, -1);
        stage.note(
                "aborting in " + partition + " with epoch " + epoch,
                () -> stage.admin()
                        .abortTransaction(spec, new AbortTransactionOptions().timeoutMs(1_000))
                        .all()
                        .get());
    }

    @Test
    void describesWhatThereIsAndWhatNot() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer producer = stage.producer("producer").init();
            stage.transactionalId("unknown");
            stage.describes();
            producer.begin();
            stage.describes();
            producer.send(topic, "a").sendOffsets(topic, 1, stage.group("group"));
            stage.describes();
            stage.producersOf(topic);
            producer.commit();
            stage.describes();
            stage.producersOf(topic);
            producer.begin().send(topic, "b").abort();
            stage.describes();
            stage.producersOf(topic);
            stage.producersOf(new TopicPartition(topic.topic(), 0));
            stage.note(
                    "producers of a partition that there is not",
                    () -> stage.admin()
                            .describeProducers(
                                    List.of(new TopicPartition(stage.name("missing"), 0)),
                                    new DescribeProducersOptions().timeoutMs(500))
                            .all()
                            .get());
        });
    }

    @Test
    void knowsWhoWroteWithoutATransaction() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            stage.plainProducer("plain").send(topic, "a").send(topic, "b");
            stage.producersOf(topic);
        });
    }

    @Test
    void listsByStateByProducerByDurationAndByName() {
        both.play(stage -> {
            TopicPartition topic = stage.partition("topic");
            stage.producer("empty", "empty", Map.of()).init();
            stage.producer("open", "open", Map.of()).init().begin().send(topic, "a");
            stage.producer("committed", "committed", Map.of())
                    .init()
                    .begin()
                    .send(topic, "b")
                    .commit();
            stage.producer("aborted", "aborted", Map.of())
                    .init()
                    .begin()
                    .send(topic, "c")
                    .abort();
            stage.settle();
            lists(stage, "all", new ListTransactionsOptions());
            for (TransactionState state : List.of(
                    TransactionState.EMPTY,
                    TransactionState.ONGOING,
                    TransactionState.COMPLETE_ABORT,
                    TransactionState.COMPLETE_COMMIT,
                    TransactionState.PREPARE_ABORT)) {
                lists(stage, state.toString(), new ListTransactionsOptions().filterStates(Set.of(state)));
            }
            lists(stage, "of no producer", new ListTransactionsOptions().filterProducerIds(Set.of(123_456_789L)));
            lists(stage, "for an hour", new ListTransactionsOptions().filterOnDuration(3_600_000));
            lists(stage, "for no time", new ListTransactionsOptions().filterOnDuration(0));
            String number = stage.name("");
            lists(stage, "by name", new ListTransactionsOptions().filterOnTransactionalIdPattern(".*e.*" + number));
            lists(stage, "by part of a name", new ListTransactionsOptions().filterOnTransactionalIdPattern("open"));
            lists(stage, "by no pattern", new ListTransactionsOptions().filterOnTransactionalIdPattern("("));
            stage.note("found by its producer id", () -> {
                var all = stage.admin().listTransactions().all().get();
                long id = all.stream()
                        .filter(it -> it.transactionalId().equals(stage.name("open")))
                        .findFirst()
                        .orElseThrow()
                        .producerId();
                return stage
                        .admin()
                        .listTransactions(new ListTransactionsOptions().filterProducerIds(Set.of(id)))
                        .all()
                        .get()
                        .stream()
                        .map(TransactionListing::transactionalId)
                        .toList();
            });
        });
    }

    /** Those of this situation: there are others on the broker. */
    private static void lists(Stage stage, String what, ListTransactionsOptions options) {
        stage.note(
                "transactions " + what,
                () -> stage.admin().listTransactions(options).all().get().stream()
                        .filter(it -> it.transactionalId().endsWith(stage.name("")))
                        .sorted(Comparator.comparing(TransactionListing::transactionalId))
                        .map(it -> it.transactionalId() + " " + it.state())
                        .toList());
    }
}
