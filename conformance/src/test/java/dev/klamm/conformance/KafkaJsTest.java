package dev.klamm.conformance;

final class KafkaJsTest extends ScriptedClientConformance {
    KafkaJsTest() {
        super(ScriptedClient.kafkaJs());
    }
}
