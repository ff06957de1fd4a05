package dev.klamm.cli;

/** The logs of this process, on standard error; what they say is set in simplelogger.properties. */
final class Logging {

    private Logging() {}

    /**
     * Keeps the Kafka clients quiet, for a command that goes on when the broker is away and says so by itself. Call it
     * before the first of them is made.
     */
    static void silenceClients() {
        System.setProperty("org.slf4j.simpleLogger.log.org.apache.kafka", "off");
        System.setProperty("org.slf4j.simpleLogger.log.org.apache.kafka.clients", "off");
    }
}
