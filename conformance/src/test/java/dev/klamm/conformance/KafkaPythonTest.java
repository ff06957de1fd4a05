package dev.klamm.conformance;

final class KafkaPythonTest extends ScriptedClientConformance {
    KafkaPythonTest() {
        super(ScriptedClient.kafkaPython());
    }
}
