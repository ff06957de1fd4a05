package dev.klamm.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A client's transactions behind a script of ours with the verbs {@code transact}, {@code process}, {@code fence} and
 * {@code committed}.
 *
 * @param command that runs the script, to which the verb and its arguments are added
 * @param missing empty if the client is on this machine; else a sentence on how to install it
 */
record TransactionalClient(List<String> command, Optional<String> missing) {

    static TransactionalClient kafkaJs() {
        boolean isHere =
                Installed.runs("node", "--version") && Files.isDirectory(Repository.JS.resolve("node_modules/kafkajs"));
        return new TransactionalClient(
                List.of("node", Repository.JS.resolve("transactions.js").toString()),
                isHere
                        ? Optional.empty()
                        : Optional.of("kafkajs is missing: install Node.js 18 or newer and run `npm ci` in "
                                + Repository.JS));
    }

    /** librdkafka through its Python binding; Debian puts that beside its own Python. */
    static TransactionalClient librdkafka() {
        String script = Repository.PYTHON.resolve("transactions.py").toString();
        for (Path python : List.of(Path.of("/usr/bin/python3"), Path.of("python3"))) {
            if (Installed.runs(python.toString(), "-c", "import confluent_kafka")) {
                return new TransactionalClient(List.of(python.toString(), script), Optional.empty());
            }
        }
        return new TransactionalClient(
                List.of("python3", script),
                Optional.of("confluent-kafka is missing: on Debian and Ubuntu, `apt install python3-confluent-kafka`"));
    }

    /** Runs one verb and gives back what it printed. */
    List<String> run(String... arguments) {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of(arguments));
        return Program.start(line).awaitSuccess().stream()
                .map(said -> said.replace(" ", ""))
                .toList();
    }

    /** The first records of partition 0 that {@code read_committed} shows. */
    List<Received> committed(String bootstrapServers, String topic, int count) {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of("committed", bootstrapServers, topic, Integer.toString(count)));
        return Program.start(line).awaitSuccess().stream().map(RecordJson::read).toList();
    }
}
