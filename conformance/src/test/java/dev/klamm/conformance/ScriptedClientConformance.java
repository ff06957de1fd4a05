package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the clients that have an admin API must be able to do with it. */
abstract class ScriptedClientConformance extends ClientConformance {
    private static final List<String> SEEN = List.of(
            "{\"listed\":true}",
            "{\"partitions\":3}",
            "{\"retention\":\"111000\"}",
            "{\"retention\":\"222000\"}",
            "{\"partitions\":5}",
            "{\"groupListed\":true}",
            "{\"groupState\":\"Empty\"}",
            "{\"committed\":[3]}",
            "{\"groupListed\":false}",
            "{\"listed\":false}");

    private final ScriptedClient client;

    ScriptedClientConformance(ScriptedClient client) {
        super(client);
        this.client = client;
    }

    /** Apache Kafka answers when its controller knows, a moment before its broker does: there, some tours come too early. */
    @Test
    void makesChangesAndDeletesTopicsAndGroups(BrokerUnderTest broker) {
        List<String> seen = Eventually.await(
                "a tour that shows each change",
                () -> tour(broker.bootstrapServers()),
                answer -> !broker.isKafka() || answer.equals(SEEN));

        assertThat(seen).containsExactlyElementsOf(SEEN);
    }

    private List<String> tour(String bootstrapServers) {
        String group = Reference.newName("group");
        try (var reference = new Reference(bootstrapServers)) {
            String topic = reference.newTopic(1);
            reference.produce(topic, 0, "none", Reference.numbered("record ", 3));
            client.member(bootstrapServers, topic, group, "member", 3).awaitSuccess();
        }
        return client.admin(bootstrapServers, Reference.newName("admin"), group).stream()
                .map(line -> line.replace(" ", ""))
                .toList();
    }
}
