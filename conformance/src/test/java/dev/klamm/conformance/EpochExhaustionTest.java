package dev.klamm.conformance;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What comes after the last epoch of a producer id: another id, and who had the old one is fenced. At one
 * transaction.version, since there are many epochs.
 */
@ExtendWith(Comparison.Shared.class)
final class EpochExhaustionTest {
    private static final int VERSION = 4;
    private static final int IN_FLIGHT = 500;

    /** The last epoch that producers get is 32,766; this is some before it. */
    private static final int ALMOST_ALL = 32_762;

    @Test
    void givesAnotherProducerId(Comparison both) {
        both.at((short) 2).play(stage -> {
            TopicPartition topic = stage.partition("topic");
            RawProducer raw = new RawProducer(stage, stage.transactionalId("tx")).init(VERSION);
            raise(stage, raw);
            stage.describes();
            NotedProducer last = stage.producer("last").init();
            for (int i = 0; i < 3; i++) {
                last.begin().send(topic, Integer.toString(i)).commit();
                stage.describes();
                stage.producer("next " + i).init();
                stage.describes();
                last.begin().send(topic, "late " + i);
                last = stage.producer("last " + i).init();
            }
            stage.producersOf(topic);
            stage.reads();
        });
    }

    /** Each request names the epoch that the one before it will have given. */
    private static void raise(Stage stage, RawProducer producer) {
        int asked = 0;
        for (int answered = 0; answered < ALMOST_ALL; answered++) {
            while (asked < ALMOST_ALL && asked - answered < IN_FLIGHT) {
                var request = new InitProducerIdRequestData()
                        .setTransactionalId(stage.transactionalId("tx"))
                        .setTransactionTimeoutMs(60_000)
                        .setProducerId(producer.producerId)
                        .setProducerEpoch((short) asked++);
                stage.wire().send(request, VERSION);
            }
            var answer = stage.wire().receive(ApiKeys.INIT_PRODUCER_ID.id, VERSION, new InitProducerIdResponseData());
            if (answer.producerEpoch() != answered + 1) {
                throw new AssertionError("asked for epoch " + (answered + 1) + ", and was given " + answer);
            }
        }
    }
}
