package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A member of a group as of a moment.
 *
 * @param instanceId {@code group.instance.id}: makes the member static, null for a dynamic one
 * @param protocols the assignors it can work with, best first; after a restart only the one that was selected
 * @param assignment what the leader gave it in this generation, empty until then
 * @param isNew it waits for its first generation
 * @param joining its JoinGroup that waits for the others, or null
 * @param syncing its SyncGroup that waits for the leader's, or null
 */
record Member(
        String id,
        @Nullable String instanceId,
        String clientId,
        String clientHost,
        int rebalanceTimeoutMs,
        int sessionTimeoutMs,
        String protocolType,
        List<Protocol> protocols,
        Bytes assignment,
        boolean isNew,
        @Nullable Call<JoinGroupResponseData> joining,
        @Nullable Call<SyncGroupResponseData> syncing) {

    static final Bytes NOTHING = Bytes.wrap(Bytes.EMPTY);

    /** An assignor and what the member tells it; for consumers, which topics it wants. */
    record Protocol(String name, Bytes metadata) {}

    /** A member that joins for the first time and waits for an answer. */
    static Member joining(String id, Join join) {
        JoinGroupRequestData request = join.request();
        return new Member(
                id,
                request.groupInstanceId(),
                join.clientId(),
                join.clientHost(),
                request.rebalanceTimeoutMs(),
                request.sessionTimeoutMs(),
                request.protocolType(),
                join.protocols(),
                NOTHING,
                true,
                join.call(),
                null);
    }

    /** This member after it has joined again, waiting for an answer. */
    Member rejoining(Join join) {
        JoinGroupRequestData request = join.request();
        return new Member(
                id,
                instanceId,
                clientId,
                clientHost,
                request.rebalanceTimeoutMs(),
                request.sessionTimeoutMs(),
                protocolType,
                join.protocols(),
                assignment,
                isNew,
                join.call(),
                syncing);
    }

    /** The same member under another id, with nothing that waits: a static member that came back. */
    Member renamed(String newId) {
        return new Member(
                newId,
                instanceId,
                clientId,
                clientHost,
                rebalanceTimeoutMs,
                sessionTimeoutMs,
                protocolType,
                protocols,
                assignment,
                false,
                null,
                null);
    }

    /** In a generation that has begun: its JoinGroup is answered. */
    Member joined() {
        return with(assignment, false, null, syncing);
    }

    Member syncing(Call<SyncGroupResponseData> call) {
        return with(assignment, isNew, joining, call);
    }

    /** With an assignment, its SyncGroup answered. */
    Member assigned(Bytes newAssignment) {
        return with(newAssignment, isNew, joining, null);
    }

    private Member with(
            Bytes newAssignment,
            boolean nowNew,
            @Nullable Call<JoinGroupResponseData> nowJoining,
            @Nullable Call<SyncGroupResponseData> nowSyncing) {
        return new Member(
                id,
                instanceId,
                clientId,
                clientHost,
                rebalanceTimeoutMs,
                sessionTimeoutMs,
                protocolType,
                protocols,
                newAssignment,
                nowNew,
                nowJoining,
                nowSyncing);
    }

    boolean isStatic() {
        return instanceId != null;
    }

    boolean isJoining() {
        return joining != null;
    }

    /**
     * Whether it need not send heartbeats: it waits for others. A member that is new is no exception, or those whose
     * clients have gone would stay for ever.
     */
    boolean isExcusedFromHeartbeats() {
        return !isNew && (joining != null || syncing != null);
    }

    /** What it says for a protocol; empty if it doesn't have it. */
    Bytes metadata(@Nullable String protocol) {
        return protocols.stream()
                .filter(p -> p.name().equals(protocol))
                .map(Protocol::metadata)
                .findFirst()
                .orElse(NOTHING);
    }

    boolean supports(String protocol) {
        return protocols.stream().anyMatch(p -> p.name().equals(protocol));
    }

    /** Its first choice among the candidates, of which it supports every one. */
    String vote(Set<String> candidates) {
        return protocols.stream()
                .map(Protocol::name)
                .filter(candidates::contains)
                .findFirst()
                .orElseThrow();
    }
}
