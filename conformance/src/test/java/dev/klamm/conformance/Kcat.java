package dev.klamm.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** kcat, and in it librdkafka, as Debian packages it. */
record Kcat(Optional<String> missing) implements ForeignClient {
    static Kcat find() {
        return new Kcat(
                Installed.runs("kcat", "-V")
                        ? Optional.empty()
                        : Optional.of("kcat is missing: on Debian and Ubuntu, `apt install kcat`"));
    }

    /** kcat gives all records of a run the same headers, hence one run for each row of records that share theirs. */
    @Override
    public void produce(String bootstrapServers, String topic, String compression, String acks, List<Sent> records) {
        int from = 0;
        for (int to = 1; to <= records.size(); to++) {
            if (to == records.size() || !headers(records, to).equals(headers(records, from))) {
                produceRow(bootstrapServers, topic, compression, acks, records.subList(from, to));
                from = to;
            }
        }
    }

    private static Map<String, String> headers(List<Sent> records, int index) {
        return records.get(index).headers();
    }

    /** Lines of KEY, tab, VALUE; -Z makes an empty value a null one, and a line without a tab has no key. */
    private static void produceRow(
            String bootstrapServers, String topic, String compression, String acks, List<Sent> row) {
        List<String> command = new ArrayList<>(List.of("kcat", "-P", "-b", bootstrapServers, "-t", topic, "-p", "0"));
        command.addAll(List.of("-K", "\t", "-Z", "-X", "compression.codec=" + compression, "-X", "acks=" + acks));
        row.getFirst().headers().forEach((name, value) -> command.addAll(List.of("-H", name + "=" + value)));
        Program.start(command).feed(row.stream().map(Kcat::line).toList()).awaitSuccess();
    }

    private static String line(Sent sent) {
        String value = sent.value() == null ? "" : sent.value();
        return sent.key() == null ? value : sent.key() + "\t" + value;
    }

    @Override
    public Program consume(String bootstrapServers, String topic, String from, int count) {
        String offset = from.equals("earliest") ? "beginning" : "end";
        return Program.start(List.of(
                "kcat",
                "-C",
                "-q",
                "-u",
                "-J",
                "-b",
                bootstrapServers,
                "-t",
                topic,
                "-o",
                offset,
                "-c",
                Integer.toString(count)));
    }

    @Override
    public Program member(String bootstrapServers, String topic, String group, String clientId, int count) {
        List<String> command = new ArrayList<>(List.of("kcat", "-u", "-J", "-b", bootstrapServers));
        if (count > 0) {
            command.addAll(List.of("-c", Integer.toString(count)));
        }
        for (String setting : List.of(
                "client.id=" + clientId,
                "auto.offset.reset=earliest",
                "auto.commit.interval.ms=100",
                "session.timeout.ms=6000",
                "heartbeat.interval.ms=500")) {
            command.addAll(List.of("-X", setting));
        }
        command.addAll(List.of("-G", group, topic));
        return Program.start(command);
    }

    @Override
    public List<Received> received(Program program) {
        return program.output().stream().map(RecordJson::readKcat).toList();
    }
}
