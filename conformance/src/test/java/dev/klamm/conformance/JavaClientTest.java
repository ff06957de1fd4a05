package dev.klamm.conformance;

final class JavaClientTest extends ScriptedClientConformance {
    JavaClientTest() {
        super(ScriptedClient.java());
    }
}
