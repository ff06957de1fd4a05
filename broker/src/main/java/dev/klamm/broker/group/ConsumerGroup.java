package dev.klamm.broker.group;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A group of KIP-848. Three epochs go after one another: the group's, which goes up when members or the topics that they want
 * change; the target's, which says for which of the group's epochs the target assignment was computed; and each member's,
 * which says to which of the targets it has gone over.
 *
 * <pre>
 *   Empty ──── a member joins ────► Assigning ──── the target is computed ────► Reconciling ──── all members
 *     ▲                                 ▲                                            │           have what
 *     │                                 └──── members or topics have changed ────────┤           they are
 *     └──── nobody is left                                                        Stable ◄────── to have
 * </pre>
 *
 * It consists of what its records say and is changed by replaying records alone ({@link ConsumerRecords}): a step plans on a
 * copy, into which each record that it plans is replayed at once, and the log is read in the same way at start-up.
 *
 * <p>Source: KIP-848 as Kafka's group coordinator 4.3 has it; KIP-1251 (epochs of partitions).
 */
final class ConsumerGroup implements GroupState {
    static final int FIRST_EPOCH = 1;

    private int epoch = FIRST_EPOCH;
    private long metadataHash;
    private int targetEpoch = FIRST_EPOCH;
    private long targetTimestampMs;
    private final SortedMap<String, ConsumerMember> members;
    // Member id -> topic id -> partitions. A member may be without one until the first target after it came.
    private final SortedMap<String, SortedMap<Uuid, SortedSet<Integer>>> targets;
    private final SortedMap<String, ResolvedRegex> regexes;
    // Written by Kafka before 4.1; to be deleted with the next change.
    private boolean hasPartitionMetadata;

    ConsumerGroup() {
        members = new TreeMap<>();
        targets = new TreeMap<>();
        regexes = new TreeMap<>();
    }

    private ConsumerGroup(ConsumerGroup other) {
        epoch = other.epoch;
        metadataHash = other.metadataHash;
        targetEpoch = other.targetEpoch;
        targetTimestampMs = other.targetTimestampMs;
        members = new TreeMap<>(other.members);
        targets = new TreeMap<>(other.targets);
        regexes = new TreeMap<>(other.regexes);
        hasPartitionMetadata = other.hasPartitionMetadata;
    }

    ConsumerGroup copy() {
        return new ConsumerGroup(this);
    }

    @Override
    public String name() {
        if (members.isEmpty()) {
            return "Empty";
        }
        if (epoch > targetEpoch) {
            return "Assigning";
        }
        boolean isStable = members.values().stream().allMatch(m -> m.current().isReconciledTo(targetEpoch));
        return isStable ? "Stable" : "Reconciling";
    }

    @Override
    public String protocolType() {
        return Subscriptions.CONSUMER;
    }

    @Override
    public Collection<String> memberIds() {
        return members.keySet();
    }

    int epoch() {
        return epoch;
    }

    /** Of the topics that members want ({@link TopicHash}), as of the group's epoch. */
    long metadataHash() {
        return metadataHash;
    }

    int targetEpoch() {
        return targetEpoch;
    }

    /** When the target was computed, in ms since 1970; 0 if that was never, or isn't known. */
    long targetTimestampMs() {
        return targetTimestampMs;
    }

    boolean hasPartitionMetadata() {
        return hasPartitionMetadata;
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    int size() {
        return members.size();
    }

    Collection<ConsumerMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    @Nullable
    ConsumerMember member(String memberId) {
        return members.get(memberId);
    }

    boolean has(String memberId) {
        return members.containsKey(memberId);
    }

    /** The static member with this id; also one that is away. */
    Optional<ConsumerMember> byInstanceId(@Nullable String instanceId) {
        return members.values().stream()
                .filter(member -> instanceId != null
                        && instanceId.equals(member.subscription().instanceId()))
                .findFirst();
    }

    /** Null if no target was ever computed with the member in it. */
    @Nullable
    SortedMap<Uuid, SortedSet<Integer>> target(String memberId) {
        return targets.get(memberId);
    }

    SortedMap<Uuid, SortedSet<Integer>> targetOrEmpty(String memberId) {
        return targets.getOrDefault(memberId, Collections.emptySortedMap());
    }

    /** By regular expression; those of members that nobody has looked up yet are missing. */
    Map<String, ResolvedRegex> regexes() {
        return Collections.unmodifiableMap(regexes);
    }

    long subscriberCount(String regex) {
        return members.values().stream()
                .filter(member -> member.subscription().regex().equals(regex))
                .count();
    }

    /** What one member wants, by name and by regular expression. */
    Set<String> topicsOf(ConsumerMember member) {
        ResolvedRegex resolved = regexes.get(member.subscription().regex());
        if (resolved == null) {
            return member.subscription().topics();
        }
        var topics = new TreeSet<>(member.subscription().topics());
        topics.addAll(resolved.topics());
        return topics;
    }

    @Override
    public Set<String> subscribedTopics() {
        var topics = new TreeSet<String>();
        members.values().forEach(member -> topics.addAll(member.subscription().topics()));
        regexes.values().forEach(regex -> topics.addAll(regex.topics()));
        return topics;
    }

    /** Whether a member has the partition or has not given it up yet. */
    boolean isHeld(Uuid topicId, int partition) {
        return members.values().stream().anyMatch(member -> member.holds(topicId, partition));
    }

    /** Whether something that the member is to have and doesn't have is still held by others. */
    boolean waitsForOthers(ConsumerMember member) {
        return targetOrEmpty(member.id()).entrySet().stream()
                .anyMatch(topic -> topic.getValue().stream()
                        .anyMatch(partition -> !member.current().assigned().has(topic.getKey(), partition)
                                && isHeld(topic.getKey(), partition)));
    }

    /** A member that was not heard of in time, or didn't give up in time what it was to give up, is out. */
    @Override
    public GroupState expire(Timer timer, Step step) {
        ConsumerMember member = members.get(timer.memberId());
        if (member == null) {
            step.endTimer(timer);
            return this;
        }
        return ConsumerLeaving.remove(Set.of(member), this, step);
    }

    @Override
    public Errors validateCommit(Committer committer) {
        if (committer.generation() < 0 && members.isEmpty()) {
            return Errors.NONE;
        }
        if (committer.isTransactional() && committer.isAnonymous()) {
            return Errors.NONE;
        }
        ConsumerMember member = members.get(committer.memberId());
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        if (!committer.isTransactional() && !member.speaksClassic() && !committer.knowsMemberEpochs()) {
            return Errors.UNSUPPORTED_VERSION;
        }
        return committer.generation() <= member.epoch() ? Errors.NONE : outdated(member, committer);
    }

    /** A member that has gone over to another epoch since may still commit what it got in an epoch that it knows. */
    @Override
    public Errors validateOffset(Committer committer, Uuid topicId, int partition) {
        ConsumerMember member = members.get(committer.memberId());
        if (member == null || committer.generation() == member.epoch()) {
            return Errors.NONE;
        }
        Integer assigned = member.current().assigned().epoch(topicId, partition);
        Integer since =
                assigned != null ? assigned : member.current().revoking().epoch(topicId, partition);
        return since != null && committer.generation() >= since ? Errors.NONE : outdated(member, committer);
    }

    @Override
    public Errors validateFetch(@Nullable String memberId, int memberEpoch) {
        if (memberId == null && memberEpoch < 0) {
            return Errors.NONE;
        }
        ConsumerMember member = memberId == null ? null : members.get(memberId);
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        if (memberEpoch == member.epoch()) {
            return Errors.NONE;
        }
        return member.speaksClassic() ? Errors.ILLEGAL_GENERATION : Errors.STALE_MEMBER_EPOCH;
    }

    private static Errors outdated(ConsumerMember member, Committer committer) {
        return member.speaksClassic() || committer.isTransactional()
                ? Errors.ILLEGAL_GENERATION
                : Errors.STALE_MEMBER_EPOCH;
    }

    // What records say. Called by ConsumerRecords.replay alone.

    void setEpoch(int newEpoch, long newMetadataHash) {
        epoch = newEpoch;
        metadataHash = newMetadataHash;
    }

    void setTargetEpoch(int newEpoch, long timestampMs) {
        targetEpoch = newEpoch;
        targetTimestampMs = timestampMs;
    }

    void setPartitionMetadata(boolean isThere) {
        hasPartitionMetadata = isThere;
    }

    void put(ConsumerMember member) {
        members.put(member.id(), member);
    }

    void remove(String memberId) {
        members.remove(memberId);
    }

    void putTarget(String memberId, SortedMap<Uuid, SortedSet<Integer>> target) {
        targets.put(memberId, target);
    }

    void removeTarget(String memberId) {
        targets.remove(memberId);
    }

    void putRegex(String regex, ResolvedRegex resolved) {
        regexes.put(regex, resolved);
    }

    void removeRegex(String regex) {
        regexes.remove(regex);
    }
}
