package dev.klamm.cli;

/** Shows how far a run of the demo with Kafka Streams is. */
interface StreamsScreen extends AutoCloseable {

    /** How often it wants to be asked. */
    long intervalMs();

    void show(StreamsRun.Progress progress);

    @Override
    void close();
}
