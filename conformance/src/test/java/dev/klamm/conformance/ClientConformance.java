package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every client must be able to do. kafka-clients in this JVM sets the scene and checks the outcome. */
@ExtendWith(SharedBroker.class)
@TestInstance(Lifecycle.PER_CLASS)
abstract class ClientConformance {
    private static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    private final ForeignClient client;
    private String bootstrapServers = "";
    private Reference reference;

    ClientConformance(ForeignClient client) {
        this.client = client;
    }

    @BeforeAll
    void connect(BrokerUnderTest broker) {
        Installed.require(client.missing());
        bootstrapServers = broker.bootstrapServers();
        reference = new Reference(bootstrapServers);
    }

    @AfterAll
    void disconnect() {
        reference.close();
    }

    static Stream<Arguments> everyCompressionAndAcks() {
        return COMPRESSIONS.stream()
                .flatMap(compression -> Stream.of("0", "1", "all").map(acks -> Arguments.of(compression, acks)));
    }

    @ParameterizedTest(name = "{0}, acks {1}")
    @MethodSource("everyCompressionAndAcks")
    void producesWithEveryCompressionAndAcks(String compression, String acks) {
        String topic = reference.newTopic(1);
        List<Sent> records = Reference.numbered("a value that repeats itself, repeats itself, ", 50);

        client.produce(bootstrapServers, topic, compression, acks, records);

        List<Received> read = reference.read(topic, records.size());
        assertThat(read).extracting(Received::sent).isEqualTo(records);
        assertThat(read).extracting(Received::offset).startsWith(0L).endsWith(49L);
    }

    @Test
    void consumesEveryCompressionFromTheEarliest() {
        String topic = reference.newTopic(1);
        List<Sent> records = new ArrayList<>();
        for (String compression : COMPRESSIONS) {
            List<Sent> some = Reference.numbered("a value that was compressed with " + compression + " ", 20);
            reference.produce(topic, 0, compression, some);
            records.addAll(some);
        }

        Program consumer = client.consume(bootstrapServers, topic, "earliest", records.size());

        consumer.awaitSuccess();
        assertThat(client.received(consumer)).extracting(Received::sent).isEqualTo(records);
    }

    /** When a client has found the end it does not tell; so records keep coming until it gets one. */
    @Test
    void consumesOnlyWhatIsNewFromTheLatest() {
        String topic = reference.newTopic(1);
        reference.produce(topic, 0, "none", Reference.numbered("old ", 10));

        Program consumer = client.consume(bootstrapServers, topic, "latest", 2);

        Eventually.await(
                "the end of a consumer from the latest",
                () -> {
                    reference.produce(topic, 0, "none", List.of(Sent.of("new")));
                    return consumer.isAlive();
                },
                isAlive -> !isAlive);
        consumer.awaitSuccess();
        assertThat(client.received(consumer)).extracting(Received::value).containsExactly("new", "new");
    }

    @Test
    void carriesHeadersAndAbsentKeysAndValues() {
        String topic = reference.newTopic(1);
        Map<String, String> headers = new LinkedHashMap<>(Map.of("trace", "4711", "empty", ""));
        List<Sent> records = List.of(
                new Sent("a key", "a value with headers: äöü", headers),
                new Sent(null, "a value without a key", Map.of()),
                new Sent("a key without a value", null, Map.of("trace", "4712")));

        client.produce(bootstrapServers, topic, "none", "all", records);
        Program consumer = client.consume(bootstrapServers, topic, "earliest", records.size());

        consumer.awaitSuccess();
        assertThat(reference.read(topic, records.size()))
                .extracting(Received::sent)
                .isEqualTo(records);
        assertThat(client.received(consumer)).extracting(Received::sent).isEqualTo(records);
    }

    @Test
    void resumesWhereItsGroupHasCommitted() {
        String topic = reference.newTopic(1);
        String group = Reference.newName("group");
        reference.produce(topic, 0, "none", Reference.numbered("record ", 10));

        Program first = client.member(bootstrapServers, topic, group, "first", 4);
        first.awaitSuccess();
        Map<Integer, Long> committed = reference.committed(group);
        Program second = client.member(bootstrapServers, topic, group, "second", 6);
        second.awaitSuccess();

        assertThat(client.received(first)).extracting(Received::offset).containsExactly(0L, 1L, 2L, 3L);
        assertThat(committed).isEqualTo(Map.of(0, 4L));
        assertThat(client.received(second)).extracting(Received::offset).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(reference.committed(group)).isEqualTo(Map.of(0, 10L));
    }

    @Test
    void threeMembersShareTwoPartitionsAndTakeOverFromAKilledOne() {
        String topic = reference.newTopic(2);
        String group = Reference.newName("group");
        Map<String, Program> members = new HashMap<>();
        for (String clientId : List.of("anna", "ben", "cleo")) {
            members.put(clientId, client.member(bootstrapServers, topic, group, clientId, 0));
        }
        try {
            Map<String, Set<Integer>> shares = awaitShares(group, 3);
            List<Received> before = deliver(topic, "before ", members);
            String victim = owner(shares, 0);
            requireNonNull(members.remove(victim)).kill();
            Map<String, Set<Integer>> sharesAfter = awaitShares(group, 2);
            List<Received> after = deliver(topic, "after ", members);

            assertThat(shares.values()).containsExactlyInAnyOrder(Set.of(0), Set.of(1), Set.of());
            assertThat(before).hasSize(10);
            assertThat(sharesAfter.values()).containsExactlyInAnyOrder(Set.of(0), Set.of(1));
            assertThat(sharesAfter).doesNotContainKey(victim);
            assertThat(after).extracting(Received::value).containsExactlyInAnyOrderElementsOf(values("after "));
        } finally {
            members.values().forEach(Program::close);
        }
    }

    private Map<String, Set<Integer>> awaitShares(String group, int members) {
        return Eventually.await(
                members + " members that share two partitions",
                () -> reference.assignments(group),
                shares -> shares.size() == members
                        && shares.values().stream().mapToInt(Set::size).sum() == 2);
    }

    private static String owner(Map<String, Set<Integer>> shares, int partition) {
        return shares.keySet().stream()
                .filter(member -> shares.getOrDefault(member, Set.of()).contains(partition))
                .findFirst()
                .orElseThrow();
    }

    /** Five records to each partition; waits until the members have all of them. */
    private List<Received> deliver(String topic, String prefix, Map<String, Program> members) {
        for (int partition = 0; partition < 2; partition++) {
            reference.produce(topic, partition, "none", Reference.numbered(prefix + partition + " ", 5));
        }
        return Eventually.await(
                "ten records " + prefix,
                () -> members.values().stream()
                        .flatMap(member -> client.received(member).stream())
                        .filter(received -> received.value().startsWith(prefix))
                        .toList(),
                records -> records.size() >= 10);
    }

    private static List<String> values(String prefix) {
        return Stream.of(0, 1)
                .flatMap(partition -> Reference.numbered(prefix + partition + " ", 5).stream())
                .map(sent -> String.valueOf(sent.value()))
                .toList();
    }
}
