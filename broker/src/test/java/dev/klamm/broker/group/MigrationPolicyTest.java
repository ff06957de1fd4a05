package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code group.consumer.migration.policy=disabled}: no group with members changes its protocol. */
@Timeout(120)
class MigrationPolicyTest {
    @RegisterExtension
    final RunningBroker broker =
            RunningBroker.with("group.min.session.timeout.ms", "100", "group.consumer.migration.policy", "disabled");

    private Consumers consumers() throws Exception {
        broker.admin()
                .createTopics(List.of(new NewTopic("rides", 1, (short) 1)))
                .all()
                .get();
        return new Consumers(broker.bootstrap(), "riders", "rides", Map.of());
    }

    @Test
    void aClassicGroupTakesNoMemberOfTheNewProtocol() throws Exception {
        try (var consumers = consumers()) {
            consumers.start("alice");
            consumers.awaitAssignments(all -> Set.of(0).equals(all.get("alice")));

            consumers.startNew("bob", null);

            assertThat(consumers.awaitFailure("bob"))
                    .isInstanceOf(GroupIdNotFoundException.class)
                    .hasMessageContaining(
                            "Cannot upgrade classic group riders to consumer group because online upgrade is"
                                    + " disabled.");
        }
    }

    @Test
    void aGroupOfTheNewProtocolTakesNoClassicMember() throws Exception {
        try (var consumers = consumers()) {
            consumers.startNew("bob", null);
            consumers.awaitAssignments(all -> Set.of(0).equals(all.get("bob")));

            consumers.start("alice");

            assertThat(consumers.awaitFailure("alice")).isInstanceOf(InconsistentGroupProtocolException.class);
        }
    }
}
