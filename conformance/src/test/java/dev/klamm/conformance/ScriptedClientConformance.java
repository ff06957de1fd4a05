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

    @Test
    void makesChangesAndDeletesTopicsAndGroups(BrokerUnderTest broker) {
        String group = Reference.newName("group");
        try (var reference = new Reference(broker.bootstrapServers())) {
            String topic = reference.newTopic(1);
            reference.produce(topic, 0, "none", Reference.numbered("record ", 3));
            client.member(broker.bootstrapServers(), topic, group, "member", 3).awaitSuccess();
        }

        List<String> seen = client.admin(broker.bootstrapServers(), Reference.newName("admin"), group);

        assertThat(seen.stream().map(line -> line.replace(" ", ""))).containsExactlyElementsOf(SEEN);
    }
}
