package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Who is in a group, as of a moment. Every change gives a new roster, so that a step whose records can't be written is
 * simply not taken; it costs a copy of the map, nothing at the sizes that groups have.
 *
 * @param leader the member that computes the assignment; null if and only if there are no members
 * @param members by id, in the order in which they came
 * @param pending ids that were given out and have not joined yet (KIP-394); never those of members
 */
record Roster(@Nullable String leader, SequencedMap<String, Member> members, Set<String> pending) {

    static final Roster NOBODY = new Roster(null, Collections.emptyNavigableMap(), Set.of());

    Roster add(Member member) {
        var changed = new LinkedHashMap<>(members);
        changed.put(member.id(), member);
        return new Roster(leader == null ? member.id() : leader, changed, without(pending, member.id()));
    }

    /** Puts a member in the place of the one with the same id. */
    Roster update(Member member) {
        var changed = new LinkedHashMap<>(members);
        changed.put(member.id(), member);
        return new Roster(leader, changed, pending);
    }

    Roster updateAll(UnaryOperator<Member> change) {
        var changed = new LinkedHashMap<>(members);
        changed.replaceAll((id, member) -> change.apply(member));
        return new Roster(leader, changed, pending);
    }

    /** Removes a member or a pending id; if it led, the member that came first leads. */
    Roster remove(String memberId) {
        var changed = new LinkedHashMap<>(members);
        changed.remove(memberId);
        String newLeader = memberId.equals(leader) ? firstKey(changed) : leader;
        return new Roster(newLeader, changed, without(pending, memberId));
    }

    /** Puts a static member that came back under a new id in its old place, as leader if it was. */
    Roster replace(String oldId, Member member) {
        var changed = new LinkedHashMap<String, Member>();
        members.forEach((id, old) -> changed.put(id.equals(oldId) ? member.id() : id, id.equals(oldId) ? member : old));
        return new Roster(oldId.equals(leader) ? member.id() : leader, changed, pending);
    }

    Roster addPending(String memberId) {
        var changed = new LinkedHashSet<>(pending);
        changed.add(memberId);
        return new Roster(leader, members, changed);
    }

    @Nullable
    Member member(String memberId) {
        return members.get(memberId);
    }

    boolean has(String memberId) {
        return members.containsKey(memberId);
    }

    boolean isPending(String memberId) {
        return pending.contains(memberId);
    }

    boolean isLedBy(String memberId) {
        return memberId.equals(leader);
    }

    Collection<Member> all() {
        return members.values();
    }

    int size() {
        return members.size();
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    Optional<Member> byInstanceId(@Nullable String instanceId) {
        return members.values().stream()
                .filter(member -> instanceId != null && instanceId.equals(member.instanceId()))
                .findFirst();
    }

    /**
     * Whether a request may speak for this member: UNKNOWN_MEMBER_ID if there is no such member, FENCED_INSTANCE_ID if
     * another one has taken over its instance id, else NONE.
     */
    Errors validate(String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            Optional<Member> owner = byInstanceId(instanceId);
            if (owner.isEmpty()) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            if (!owner.get().id().equals(memberId)) {
                return Errors.FENCED_INSTANCE_ID;
            }
        }
        return has(memberId) ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID;
    }

    int joiningCount() {
        return (int) members.values().stream().filter(Member::isJoining).count();
    }

    /** Everybody who is to come has come: nobody needs to be waited for. */
    boolean isComplete() {
        return pending.isEmpty() && members.values().stream().allMatch(Member::isJoining);
    }

    /** Dynamic members that have not joined again. Static ones may come back later: their sessions decide. */
    List<Member> dynamicAbsentees() {
        return members.values().stream()
                .filter(member -> !member.isJoining() && !member.isStatic())
                .toList();
    }

    /** This roster led by somebody who has joined: its leader if it has, else the first who has; empty if nobody has. */
    Optional<Roster> ledByOneWhoJoined() {
        Member current = leader == null ? null : members.get(leader);
        if (current != null && current.isJoining()) {
            return Optional.of(this);
        }
        return members.values().stream()
                .filter(Member::isJoining)
                .findFirst()
                .map(member -> new Roster(member.id(), members, pending));
    }

    /** The longest of the members' rebalance timeouts. */
    int rebalanceTimeoutMs() {
        return members.values().stream()
                .mapToInt(Member::rebalanceTimeoutMs)
                .max()
                .orElse(0);
    }

    /** Whether one of these protocols is supported by all members. */
    boolean supportsOneOf(List<Member.Protocol> protocols) {
        return protocols.stream()
                .anyMatch(protocol -> members.values().stream().allMatch(m -> m.supports(protocol.name())));
    }

    /**
     * The protocol of the next generation. Only one that all members support can be it; each votes for the one that it
     * likes best, and of equals the one that was voted for first wins.
     */
    String selectProtocol() {
        Set<String> candidates = candidates();
        var votes = new LinkedHashMap<String, Integer>();
        members.values().forEach(member -> votes.merge(member.vote(candidates), 1, Integer::sum));
        int most = Collections.max(votes.values());
        return votes.entrySet().stream()
                .filter(entry -> entry.getValue() == most)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    private Set<String> candidates() {
        var supporters = new HashMap<String, Integer>();
        for (Member member : members.values()) {
            member.protocols().forEach(protocol -> supporters.merge(protocol.name(), 1, Integer::sum));
        }
        return supporters.entrySet().stream()
                .filter(entry -> entry.getValue() == members.size())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    List<String> ids() {
        return new ArrayList<>(members.keySet());
    }

    private static Set<String> without(Set<String> ids, String id) {
        if (!ids.contains(id)) {
            return ids;
        }
        var rest = new LinkedHashSet<>(ids);
        rest.remove(id);
        return rest;
    }

    private static @Nullable String firstKey(Map<String, Member> members) {
        return members.isEmpty() ? null : members.keySet().iterator().next();
    }
}
