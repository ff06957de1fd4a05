package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm produce}: each line of the input becomes a record. */
@Command(
        name = "produce",
        description = "Write records: one for each line of standard input or of a file.",
        sortOptions = false,
        footer = {
            "",
            "A line of JSON is as klamm consume -o json prints it: {\"key\": ..., \"value\": ..., "
                    + "\"headers\": [...]}.",
            "",
            "Examples:",
            "  echo 'hello' | klamm produce greetings",
            "  echo 'de:Hallo' | klamm produce greetings --key-separator : --header source=shell",
            "  klamm produce rides --file rides.csv --acks 1 --compression zstd",
            "  klamm consume rides -o json -e | klamm produce rides-copy -i json"
        })
final class ProduceCommand implements Runnable {

    private enum Input {
        TEXT,
        JSON
    }

    private final Console console;

    @Mixin
    private Cluster cluster = new Cluster();

    @Parameters(paramLabel = "TOPIC", description = "Where to.")
    private String topic = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "Read this file instead of standard input.")
    private @Nullable Path file;

    @Option(
            names = {"-i", "--input"},
            paramLabel = "text|json",
            description = "What a line is (default: text).")
    private Input input = Input.TEXT;

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description = "What stands between key and value in a line, as : or \\t; without it, records have no key.")
    private @Nullable String keySeparator;

    @Option(names = "--key", paramLabel = "KEY", description = "One key for all records.")
    private @Nullable String key;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME=VALUE",
            description = "A header for every record; may be given again.")
    private List<String> headers = List.of();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Write to this partition (default: by the key).")
    private @Nullable Integer partition;

    @Option(
            names = "--acks",
            paramLabel = "all|1|0",
            description = "How safe a record must be (default: all, on disk).")
    private String acks = "all";

    @Option(
            names = "--compression",
            paramLabel = "TYPE",
            description = "none, gzip, snappy, lz4 or zstd (default: none).")
    private String compression = "none";

    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

    ProduceCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        try (Lines lines = new Lines(open());
                Producer<byte[], byte[]> producer = new KafkaProducer<>(settings())) {
            send(lines, producer);
        } catch (IOException e) {
            throw new Failure(Diagnosis.of(e).sentence());
        }
    }

    private InputStream open() throws IOException {
        if (file != null) {
            return Files.newInputStream(file);
        }
        if (console.inIsTerminal() && console.errIsTerminal()) {
            console.err().println("One record per line; ctrl-D ends.");
            console.err().flush();
        }
        return console.in();
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = cluster.clientSettings();
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.ACKS_CONFIG, acks);
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, acks.equals("all"));
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        settings.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, 15_000);
        settings.putIfAbsent(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
        return settings;
    }

    private void send(Lines lines, Producer<byte[], byte[]> producer) throws IOException {
        InputFormat format = format();
        requirePartition(producer);
        ProgressLine progress = new ProgressLine(console, "record");
        for (byte[] line = lines.next(); line != null && failure.get() == null; line = lines.next()) {
            long number = lines.number();
            var _ = producer.send(record(format, line, number), (_, refusal) -> acknowledge(number, refusal));
            progress.update(number);
        }
        producer.flush();
        String refused = failure.get();
        if (refused != null) {
            throw new Failure(refused + " " + Amount.of(acknowledged.get(), "record") + " before it "
                    + (acknowledged.get() == 1 ? "was" : "were") + " written.");
        }
        progress.end("Wrote " + Amount.of(acknowledged.get(), "record") + " to " + topic, acknowledged.get());
    }

    /** The producer itself would wait for the partition to appear. */
    private void requirePartition(Producer<byte[], byte[]> producer) {
        int count = partition == null
                ? Integer.MAX_VALUE
                : producer.partitionsFor(topic).size();
        if (partition != null && partition >= count) {
            throw new Failure("Topic " + topic + " has no partition " + partition + ": it has "
                    + Amount.of(count, "partition") + ", counted from 0.");
        }
    }

    private void acknowledge(long line, @Nullable Exception refusal) {
        if (refusal == null) {
            acknowledged.incrementAndGet();
        } else {
            failure.compareAndSet(
                    null,
                    "Line " + line + " was refused: " + Diagnosis.of(refusal).sentence());
        }
    }

    private InputFormat format() {
        List<Header> all = new ArrayList<>();
        for (String header : headers) {
            int end = header.indexOf('=');
            if (end < 0) {
                throw Failure.ofUse("A header is NAME=VALUE; '" + header + "' has no '='.");
            }
            all.add(new RecordHeader(
                    header.substring(0, end), header.substring(end + 1).getBytes(UTF_8)));
        }
        return switch (input) {
            case JSON -> new JsonInput(topic, partition, all);
            case TEXT -> new TextInput(topic, partition, bytes(key), bytes(keySeparator), all);
        };
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : Escapes.resolve(text).getBytes(UTF_8);
    }

    private static ProducerRecord<byte[], byte[]> record(InputFormat format, byte[] line, long number) {
        try {
            return format.record(line);
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure("Line " + number + " can't be a record: " + e.getMessage() + ".");
        }
    }
}
