package dev.klamm.conformance;

import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of a producer whose transactional id the broker has forgotten; at one transaction.version, for the time. */
@ExtendWith(Comparison.Shared.class)
final class TransactionalIdExpiryTest {
    @Test
    void anIdThatIsForgottenIsRefusedAndCanBeMadeAgain(Comparison both) {
        both.at((short) 2).play(stage -> {
            TopicPartition topic = stage.partition("topic");
            NotedProducer late =
                    stage.producer("late").init().begin().send(topic, "a").commit();
            Eventually.await(
                    "the id to expire",
                    () -> stage.state(stage.transactionalId("tx")),
                    state -> state == TransactionState.UNKNOWN);
            stage.describes();
            late.begin()
                    .send(topic, "b")
                    .commit()
                    .abort()
                    .begin()
                    .send(topic, "c")
                    .commit();
            stage.producer("next").init().begin().send(topic, "d").commit();
            stage.describes();
            stage.reads();
        });
    }
}
