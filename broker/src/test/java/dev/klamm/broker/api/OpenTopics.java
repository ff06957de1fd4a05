package dev.klamm.broker.api;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.topic.NewTopic;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.TopicOutcome;
import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.Storage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Real topics over real logs in a directory of their own, and no network: what a handler stands on. */
final class OpenTopics implements BeforeEachCallback, AfterEachCallback {
    private @Nullable Path directory;
    private @Nullable Logs logs;
    private @Nullable Topics topics;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("klamm-test-");
        open();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        logs().close();
        if (context.getExecutionException().isPresent()) {
            System.err.println(context.getDisplayName() + " failed; its data is in " + directory);
            return;
        }
        try (Stream<Path> paths = Files.walk(directory())) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private void open() throws IOException, InterruptedException {
        logs = Logs.open(directory(), Storage.ofThisMachine(), new Logs.Limits(8 << 20, 1 << 20));
        topics = Topics.open(directory(), logs, BrokerConfig.of(Map.of()));
    }

    /** Stops cleanly and opens the same directory. */
    void restart() throws IOException, InterruptedException {
        logs().close();
        open();
    }

    /** Opens the directory as a killed process leaves it. */
    void crash() throws IOException, InterruptedException {
        logs().abandon();
        open();
    }

    /** @param settings names and values in turn */
    Topic create(String name, int partitions, String... settings) throws InterruptedException {
        var overrides = new java.util.HashMap<String, @Nullable String>();
        for (int i = 0; i < settings.length; i += 2) {
            overrides.put(settings[i], settings[i + 1]);
        }
        var wish = new NewTopic(name, partitions, 1, Map.of(), overrides);
        return switch (topics().create(List.of(wish), false).getFirst()) {
            case TopicOutcome.Done done -> done.topic();
            case TopicOutcome.Refused refused -> throw new AssertionError(refused);
        };
    }

    private Path directory() {
        return Objects.requireNonNull(directory);
    }

    Logs logs() {
        return Objects.requireNonNull(logs);
    }

    Topics topics() {
        return Objects.requireNonNull(topics);
    }

    /** On the topics as they are open now. */
    TransactionCoordinator transactions() {
        return new TransactionCoordinator(
                topics(),
                logs(),
                (partition, marker) -> log("__consumer_offsets", partition).endTransaction(marker));
    }

    PartitionLog log(String topic, int partition) {
        return topics().log(topic, partition).orElseThrow();
    }

    static RequestContext context(ApiKeys key, int version) {
        return context(key, version, "test");
    }

    static RequestContext context(ApiKeys key, int version, String clientId) {
        var address = InetSocketAddress.createUnresolved("127.0.0.1", 9092);
        return new RequestContext(key, (short) version, 1, clientId, address, address, "PLAINTEXT");
    }

    /** Waits for the answer, and checks that it can be written in this version. */
    static ApiMessage await(Answer answer, int version) throws InterruptedException {
        ApiMessage response = switch (answer) {
            case Answer.Now now -> now.response();
            case Answer.Later later -> later.pending().await();
            case Answer.None none -> throw new AssertionError(none);
            case Answer.Close close -> throw new AssertionError(close);
        };
        MessageUtil.toByteBufferAccessor(response, (short) version);
        return response;
    }
}
