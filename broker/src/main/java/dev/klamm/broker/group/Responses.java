package dev.klamm.broker.group;

import java.util.List;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The responses of the membership requests, filled as Kafka fills them. */
final class Responses {

    private Responses() {}

    static JoinGroupResponseData joinError(String memberId, Errors error) {
        return new JoinGroupResponseData()
                .setMemberId(memberId)
                .setProtocolName(null)
                .setErrorCode(error.code());
    }

    /** In a generation as a follower: the leader alone gets to see the others. */
    static JoinGroupResponseData joined(
            String memberId, int generation, @Nullable String protocolType, String protocolName, String leader) {
        return new JoinGroupResponseData()
                .setMemberId(memberId)
                .setGenerationId(generation)
                .setProtocolType(protocolType)
                .setProtocolName(protocolName)
                .setLeader(leader);
    }

    static List<JoinGroupResponseMember> forLeader(Roster roster, String protocolName) {
        return roster.all().stream()
                .map(member -> new JoinGroupResponseMember()
                        .setMemberId(member.id())
                        .setGroupInstanceId(member.instanceId())
                        .setMetadata(member.metadata(protocolName).get()))
                .toList();
    }

    static SyncGroupResponseData syncError(Errors error) {
        return new SyncGroupResponseData().setErrorCode(error.code());
    }

    static SyncGroupResponseData synced(@Nullable String protocolType, String protocolName, Member member) {
        return new SyncGroupResponseData()
                .setProtocolType(protocolType)
                .setProtocolName(protocolName)
                .setAssignment(member.assignment().get());
    }

    static MemberResponse left(MemberIdentity leaving, Errors error) {
        return new MemberResponse()
                .setMemberId(leaving.memberId())
                .setGroupInstanceId(leaving.groupInstanceId())
                .setErrorCode(error.code());
    }
}
