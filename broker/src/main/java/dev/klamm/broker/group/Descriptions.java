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
    private static final String CLASSIC = "classic";

    private Descriptions() {}

    /** What members told and got is shown when it holds, which is in a stable group. */
    static DescribedGroup describe(Group group, short version) {
        GroupState state = group.state();
        var described = new DescribedGroup().setGroupId(group.id()).setGroupState(state.name());
        if (state instanceof Dead) {
            // Before version 6 a group that there isn't was no error.
            return version < 6
                    ? described
                    : described
                            .setErrorCode(Errors.GROUP_ID_NOT_FOUND.code())
                            .setErrorMessage("Group " + group.id() + " not found.");
        }
        String protocol = state instanceof Stable stable ? stable.protocolName() : null;
        return described
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
        if (!wantedTypes.isEmpty() && !wantedTypes.contains(CLASSIC)) {
            return List.of();
        }
        return groups.all().stream()
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
                .setGroupType(CLASSIC);
    }

    private static Set<String> lowerCase(List<String> words) {
        return words.stream()
                .map(word -> word.toLowerCase(Locale.ROOT).strip())
                .collect(Collectors.toUnmodifiableSet());
    }
}
