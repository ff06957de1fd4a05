package dev.klamm.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A client behind a script of ours with the verbs {@code produce}, {@code consume}, {@code member} and {@code admin},
 * which reads and writes the lines of {@link RecordJson}.
 *
 * @param command that runs the script, to which the verb and its arguments are added
 */
record ScriptedClient(List<String> command, Optional<String> missing) implements ForeignClient {
    /** kafka-clients, behind {@link JavaClient}. */
    static ScriptedClient java() {
        String classPath = System.getProperty("java.class.path");
        List<String> flags = List.of("-XX:TieredStopAtLevel=1");
        return new ScriptedClient(
                Program.javaCommand(classPath, flags, JavaClient.class.getName(), List.of()), Optional.empty());
    }

    static ScriptedClient kafkaJs() {
        boolean isHere =
                Installed.runs("node", "--version") && Files.isDirectory(Repository.JS.resolve("node_modules/kafkajs"));
        String script = Repository.JS.resolve("client.js").toString();
        return new ScriptedClient(
                List.of("node", script),
                isHere
                        ? Optional.empty()
                        : Optional.of("kafkajs is missing: install Node.js 18 or newer and run `npm ci` in "
                                + Repository.JS));
    }

    /** Debian puts its packages beside its own Python, which need not be the first on the path. */
    static ScriptedClient kafkaPython() {
        String script = Repository.PYTHON.resolve("client.py").toString();
        for (Path python : List.of(Path.of("/usr/bin/python3"), Path.of("python3"))) {
            if (Installed.runs(python.toString(), "-c", "import kafka, lz4.frame, snappy, zstandard")) {
                return new ScriptedClient(List.of(python.toString(), script), Optional.empty());
            }
        }
        return new ScriptedClient(
                List.of("python3", script),
                Optional.of("kafka-python is missing: on Debian and Ubuntu, "
                        + "`apt install python3-kafka python3-lz4 python3-snappy python3-zstandard`"));
    }

    @Override
    public void produce(String bootstrapServers, String topic, String compression, String acks, List<Sent> records) {
        run("produce", bootstrapServers, topic, compression, acks)
                .feed(records.stream().map(RecordJson::write).toList())
                .awaitSuccess();
    }

    @Override
    public Program consume(String bootstrapServers, String topic, String from, int count) {
        return run("consume", bootstrapServers, topic, from, Integer.toString(count));
    }

    @Override
    public Program member(String bootstrapServers, String topic, String group, String clientId, int count) {
        return run("member", bootstrapServers, topic, group, clientId, Integer.toString(count));
    }

    /** Makes, changes and deletes {@code topic}, deletes {@code group}, and prints what it saw on the way. */
    List<String> admin(String bootstrapServers, String topic, String group) {
        return run("admin", bootstrapServers, topic, group).awaitSuccess();
    }

    @Override
    public List<Received> received(Program program) {
        return program.output().stream().map(RecordJson::read).toList();
    }

    private Program run(String... arguments) {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of(arguments));
        return Program.start(line);
    }
}
