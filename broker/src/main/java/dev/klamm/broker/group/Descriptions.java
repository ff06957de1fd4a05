package dev.klamm.broker.group;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What tools get to see of a group. */
final class Descriptions {
    private Descriptions() {}

    /** What members told and got is shown when it holds, which is in a stable group. */
    static DescribedGroup describe(Group group, short version) {
        return switch (group.state()) {
            case Dead dead -> notFound(group.id(), "Group " + group.id() + " not found.", version);
            case ConsumerGroup other ->
                notFound(group.id(), "Group " + group.id() + " is not a classic group.", version);
            case ClassicState state -> describe(group.id(), state);
        };
    }

    /** Before version 6 a group that there isn't was no error. */
    private static DescribedGroup notFound(String groupId, String message, short version) {
        var described = new DescribedGroup().setGroupId(groupId).setGroupState(new Dead().name());
        return version < 6
                ? described
                : described.setErrorCode(Errors.GROUP_ID_NOT_FOUND.code()).setErrorMessage(message);
    }

    private static DescribedGroup describe(String groupId, ClassicState state) {
        String protocol = state instanceof Stable stable ? stable.protocolName() : null;
        return new DescribedGroup()
                .setGroupId(groupId)
                .setGroupState(state.name())
                .setProtocolType(state.protocolType() == null ? "" : state.protocolType())
                .setProtocolData(protocol == null ? "" : protocol)
                .setMembers(members(state.roster(), protocol));
    }

    private static List<DescribedGroupMember> members(Roster roster, @Nullable String protocol) {
        return roster.all().stream()
                .map(member -> new DescribedGroupMember()
                        .setMemberId(member.id())
                        .setGroupInstanceId(member.instanceId())
                        .setClientId(member.clientId())
                        .setClientHost(member.clientHost())
                        .setMemberAssignment(member.assignment().get())
                        .setMemberMetadata(member.metadata(protocol).get()))
                .toList();
    }

    /** Filters are compared without regard to case; an empty one lets everything through. */
    static List<ListedGroup> list(Groups groups, List<String> states, List<String> types) {
        Set<String> wantedStates = lowerCase(states);
        Set<String> wantedTypes = lowerCase(types);
        return groups.all().stream()
                .filter(group -> wantedTypes.isEmpty() || wantedTypes.contains(type(group)))
                .filter(group -> wantedStates.isEmpty()
                        || wantedStates.contains(group.state().name().toLowerCase(Locale.ROOT)))
                .map(Descriptions::listed)
                .toList();
    }

    private static ListedGroup listed(Group group) {
        String protocolType = group.state().protocolType();
        return new ListedGroup()
                .setGroupId(group.id())
                .setProtocolType(protocolType == null ? "" : protocolType)
                .setGroupState(group.state().name())
                .setGroupType(type(group));
    }

    private static String type(Group group) {
        return switch (group.state()) {
            case ClassicState classic -> "classic";
            case ConsumerGroup consumers -> "consumer";
        };
    }

    private static Set<String> lowerCase(List<String> words) {
        return words.stream()
                .map(word -> word.toLowerCase(Locale.ROOT).strip())
                .collect(Collectors.toUnmodifiableSet());
    }
}
