package dev.klamm.conformance;

import java.util.List;
import java.util.Optional;

/** A Kafka client that we did not write, as a program that produces, consumes and joins groups. */
sealed interface ForeignClient permits ScriptedClient, Kcat {
    /** Empty if the program and what it needs are on this machine; else a sentence on how to install them. */
    Optional<String> missing();

    /** Sends the records to partition 0 and returns when the program says that it is done. */
    void produce(String bootstrapServers, String topic, String compression, String acks, List<Sent> records);

    /** @param from {@code earliest} or {@code latest}; the program ends after {@code count} records */
    Program consume(String bootstrapServers, String topic, String from, int count);

    /**
     * A member of a group, from the earliest offset where nothing is committed. It commits what it prints, at the latest
     * when it leaves.
     *
     * @param count of records after which it leaves the group and ends; 0 for never
     */
    Program member(String bootstrapServers, String topic, String group, String clientId, int count);

    /** The records that a consumer or member has printed so far. */
    List<Received> received(Program program);

    /** The same, once there are as many as wanted. */
    default List<Received> awaitReceived(Program program, int count) {
        program.awaitOutput(count + " records", lines -> lines.size() >= count);
        return received(program);
    }
}
