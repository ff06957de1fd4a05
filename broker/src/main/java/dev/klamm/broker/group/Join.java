package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.utils.Bytes;

/**
 * A JoinGroup request with what the state machine needs besides its body.
 *
 * @param freshMemberSuffix makes a new member's id unique; from outside, so that the machine is free of chance
 * @param clientHost as Kafka prints it: a slash and the address
 */
record Join(
        JoinGroupRequestData request,
        short version,
        String clientId,
        String clientHost,
        String freshMemberSuffix,
        Call<JoinGroupResponseData> call) {

    String memberId() {
        return request.memberId();
    }

    /** KIP-394: a dynamic member is to know its id before it is let in, so that a retry doesn't let it in twice. */
    boolean needsMemberId() {
        return version >= 4;
    }

    /** KIP-814: a static leader that comes back can be told that there is nothing to assign. */
    boolean canSkipAssignment() {
        return version >= 9;
    }

    String freshMemberId() {
        String prefix = request.groupInstanceId() == null ? clientId : request.groupInstanceId();
        return prefix + "-" + freshMemberSuffix;
    }

    List<Member.Protocol> protocols() {
        var protocols = new ArrayList<Member.Protocol>(request.protocols().size());
        for (var protocol : request.protocols()) {
            protocols.add(new Member.Protocol(protocol.name(), Bytes.wrap(protocol.metadata())));
        }
        return List.copyOf(protocols);
    }
}
