package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HeartbeatRulesTest {
    private static final List<Assignor> ASSIGNORS = List.of(Assignor.UNIFORM, Assignor.RANGE);

    interface Change extends UnaryOperator<ConsumerGroupHeartbeatRequestData> {}

    /** The first heartbeat of a member. */
    private static ConsumerGroupHeartbeatRequestData join() {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId("riders")
                .setMemberId("alice")
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(1000)
                .setSubscribedTopicNames(List.of())
                .setTopicPartitions(List.of());
    }

    private static Arguments fault(String message, int version, Change change) {
        return Arguments.of(message, (short) version, change);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("MemberId can't be empty.", 1, r -> r.setMemberId("")),
                fault("MemberId can't be empty.", 1, r -> r.setMemberId(" ")),
                fault("MemberId can't be empty.", 0, r -> r.setMemberId("").setMemberEpoch(1)),
                fault("MemberId can't be empty.", 0, r -> r.setMemberId("").setMemberEpoch(-1)),
                fault("GroupId can't be empty.", 1, r -> r.setGroupId("")),
                fault("InstanceId can't be empty.", 1, r -> r.setInstanceId("")),
                fault("RackId can't be empty.", 1, r -> r.setRackId(" ")),
                fault("RebalanceTimeoutMs must be provided in first request.", 1, r -> r.setRebalanceTimeoutMs(-1)),
                fault("TopicPartitions must be empty when (re-)joining.", 1, r -> r.setTopicPartitions(null)),
                fault(
                        "TopicPartitions must be empty when (re-)joining.",
                        1,
                        r -> r.setTopicPartitions(List.of(new TopicPartitions()))),
                fault(
                        "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
                        1,
                        r -> r.setSubscribedTopicNames(null)),
                fault("InstanceId can't be null.", 1, r -> r.setMemberEpoch(-2)),
                fault("MemberEpoch is invalid.", 1, r -> r.setMemberEpoch(-3)));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aRequestThatIsNotAsItShouldBeIsInvalid(String message, short version, Change change) {
        assertThat(HeartbeatRules.check(change.apply(join()), version, ASSIGNORS))
                .contains(new Refusal(Errors.INVALID_REQUEST, message));
    }

    static Stream<Change> rightOnes() {
        return Stream.of(
                r -> r,
                r -> r.setSubscribedTopicNames(null).setSubscribedTopicRegex(""),
                r -> r.setServerAssignor("range"),
                r -> r.setMemberEpoch(5).setRebalanceTimeoutMs(-1).setTopicPartitions(null),
                r -> r.setMemberEpoch(-1).setSubscribedTopicNames(null),
                r -> r.setMemberEpoch(-2).setInstanceId("i1"));
    }

    @ParameterizedTest
    @MethodSource("rightOnes")
    void oneThatIsAsItShouldBeIsNot(Change change) {
        assertThat(HeartbeatRules.check(change.apply(join()), (short) 1, ASSIGNORS))
                .isEmpty();
    }

    @Test
    void inVersion0TheBrokerMakesUpTheIdOfWhoJoins() {
        assertThat(HeartbeatRules.check(join().setMemberId(""), (short) 0, ASSIGNORS))
                .isEmpty();
    }

    @Test
    void anAssignorThatIsNotAmongTheBrokersIsUnsupported() {
        assertThat(HeartbeatRules.check(join().setServerAssignor("sticky"), (short) 1, ASSIGNORS))
                .contains(new Refusal(
                        Errors.UNSUPPORTED_ASSIGNOR,
                        "ServerAssignor sticky is not supported. Supported assignors: uniform, range."));
    }
}
