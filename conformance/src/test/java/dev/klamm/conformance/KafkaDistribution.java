package dev.klamm.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;

/** Apache Kafka from the tests' class path, as one KRaft node with the settings that Klamm has by default. */
record KafkaDistribution() implements Distribution {
    @Override
    public void prepare(Path directory, int port, Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("process.roles", "broker,controller");
        all.put("node.id", "1");
        // Two ports in a row are free as often as not: the controller's is any other one.
        int controllerPort = BrokerUnderTest.freePort();
        all.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        all.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        all.put("controller.listener.names", "CONTROLLER");
        all.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        all.put("log.dirs", Distribution.logDirectory(directory).toString());
        all.put("offsets.topic.replication.factor", "1");
        all.put("transaction.state.log.replication.factor", "1");
        all.put("transaction.state.log.min.isr", "1");
        all.put("group.initial.rebalance.delay.ms", "0");
        all.putAll(settings);
        try {
            Files.write(
                    properties(directory),
                    all.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue())
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String config = properties(directory).toString();
        List<String> format =
                List.of("format", "--ignore-formatted", "-t", Uuid.randomUuid().toString(), "-c", config);
        if (!Files.exists(Distribution.logDirectory(directory).resolve("meta.properties"))) {
            Program.startJava("kafka.tools.StorageTool", format).awaitSuccess();
        }
    }

    @Override
    public List<String> command(Path directory, int port, Map<String, String> settings) {
        List<String> flags = List.of(
                "-Xmx512m", "-Dorg.slf4j.simpleLogger.log.kafka=info", "-Dorg.slf4j.simpleLogger.logFile=System.out");
        String config = properties(directory).toString();
        return Program.javaCommand(System.getProperty("java.class.path"), flags, "kafka.Kafka", List.of(config));
    }

    @Override
    public Pattern ready() {
        return Pattern.compile("Transition from STARTING to STARTED");
    }

    private static Path properties(Path directory) {
        return directory.resolve("server.properties");
    }
}
