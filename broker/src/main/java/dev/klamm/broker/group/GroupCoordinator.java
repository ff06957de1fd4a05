package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.CoordinatorPartition;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import dev.klamm.log.AppendResult;
import dev.klamm.log.LogId;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.Verification;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * The coordinator of all groups. A group belongs to a partition of {@code __consumer_offsets} by the hash of its
 * id; the partition is read when one of its groups is first asked for, so start-up waits for nothing, and no client ever
 * hears COORDINATOR_LOAD_IN_PROGRESS: the first one waits a little longer.
 *
 * <p>Every method returns when what it answers is on disk. {@link #joinGroup} and {@link #syncGroup} wait for other
 * members, too, for as long as the group's rebalance timeout.
 */
public final class GroupCoordinator implements AutoCloseable {
    private static final String OFFSETS_TOPIC = org.apache.kafka.common.internals.Topic.GROUP_METADATA_TOPIC_NAME;

    private final Topics topics;
    private final Logs logs;
    private final GroupConfig config;
    private final Cluster cluster;

    // Guards the map. Taken for a look-up alone, never while a partition is read.
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<PartitionLog, CoordinatorPartition<Groups, Step>> partitions = new HashMap<>();

    public GroupCoordinator(Topics topics, Logs logs) {
        this.topics = topics;
        this.logs = logs;
        this.config = GroupConfig.of(topics.config());
        this.cluster = new TopicsCluster(topics);
    }

    /** @param clientHost as Kafka shows it: a slash and the address */
    public JoinGroupResponseData joinGroup(
            JoinGroupRequestData request, short version, String clientId, String clientHost)
            throws InterruptedException {
        if (request.groupId().isEmpty()) {
            return Responses.joinError(request.memberId(), Errors.INVALID_GROUP_ID);
        }
        if (request.sessionTimeoutMs() < config.minSessionTimeoutMs()
                || request.sessionTimeoutMs() > config.maxSessionTimeoutMs()) {
            return Responses.joinError(request.memberId(), Errors.INVALID_SESSION_TIMEOUT);
        }
        String suffix = UUID.randomUUID().toString();
        return partition(request.groupId())
                .call(
                        (groups, call, now) ->
                                groups.join(new Join(request, version, clientId, clientHost, suffix, call), now),
                        error -> Responses.joinError(request.memberId(), error));
    }

    public SyncGroupResponseData syncGroup(SyncGroupRequestData request) throws InterruptedException {
        if (request.groupId().isEmpty()) {
            return Responses.syncError(Errors.INVALID_GROUP_ID);
        }
        return partition(request.groupId())
                .call((groups, call, now) -> groups.sync(request, call, now), Responses::syncError);
    }

    public HeartbeatResponseData heartbeat(HeartbeatRequestData request) throws InterruptedException {
        if (request.groupId().isEmpty()) {
            return new HeartbeatResponseData().setErrorCode(Errors.INVALID_GROUP_ID.code());
        }
        return partition(request.groupId())
                .call(
                        (groups, call, now) -> groups.heartbeat(request, call, now),
                        error -> new HeartbeatResponseData().setErrorCode(error.code()));
    }

    /** @param clientHost as Kafka shows it: a slash and the address */
    public ConsumerGroupHeartbeatResponseData heartbeat(
            ConsumerGroupHeartbeatRequestData request, short version, String clientId, String clientHost)
            throws InterruptedException {
        Optional<Refusal> refusal =
                HeartbeatRules.check(request, version, config.consumers().assignors());
        if (refusal.isPresent()) {
            return ConsumerHeartbeat.refused(refusal.get());
        }
        String freshMemberId = Uuid.randomUuid().toString();
        return partition(request.groupId())
                .call(
                        (groups, call, now) -> groups.heartbeat(
                                new ConsumerHeartbeat(request, clientId, clientHost, freshMemberId, call), now),
                        error -> new ConsumerGroupHeartbeatResponseData().setErrorCode(error.code()));
    }

    /** @param request in the form of version 3 and later, with a list of members */
    public LeaveGroupResponseData leaveGroup(LeaveGroupRequestData request) throws InterruptedException {
        if (request.groupId().isEmpty()) {
            return new LeaveGroupResponseData().setErrorCode(Errors.INVALID_GROUP_ID.code());
        }
        return partition(request.groupId())
                .call(
                        (groups, call, now) -> groups.leave(request, call, now),
                        error -> new LeaveGroupResponseData().setErrorCode(error.code()));
    }

    /** @param request of topics and partitions that exist, each with its name and its id */
    public OffsetCommitResponseData commitOffsets(OffsetCommitRequestData request, short version)
            throws InterruptedException {
        return partition(request.groupId())
                .call(
                        (groups, call, now) -> groups.commitOffsets(request, version, call, now),
                        error -> OffsetSteps.commitError(request, error));
    }

    /**
     * @param request with the names of its topics, and their ids where the client gave them; topics null means all
     * @param requireStable whether an offset that a transaction is about to change is refused (KIP-447)
     */
    public OffsetFetchResponseGroup fetchOffsets(OffsetFetchRequestGroup request, boolean requireStable)
            throws InterruptedException {
        return partition(request.groupId())
                .read(
                        groups -> OffsetFetches.fetch(groups.group(request.groupId()), request, requireStable),
                        error -> OffsetFetches.error(request, error));
    }

    /** What the coordinator of a transaction says of a partition of {@code __consumer_offsets}. */
    public interface TransactionCheck {
        /** NONE if the transaction is open and the partition a part of it. */
        Errors check(TopicPartition offsets) throws InterruptedException;
    }

    /**
     * Commits offsets with a transaction: they count from its commit on ({@link #endTransaction}).
     *
     * @param request of topics and partitions that exist
     * @param epochsRise whether the producer's epoch rises with each transaction (transaction version 2)
     * @param check is asked before the first commit of the transaction to this group's partition
     */
    public TxnOffsetCommitResponseData commitOffsetsInTransaction(
            TxnOffsetCommitRequestData request, boolean epochsRise, TransactionCheck check)
            throws InterruptedException {
        if (request.groupId().isEmpty()) {
            return TransactionalCommits.error(request, Errors.INVALID_GROUP_ID);
        }
        CoordinatorPartition<Groups, Step> partition = partition(request.groupId());
        LogId id = partition.log().id();
        Verification ticket = partition
                .log()
                .beginVerification(request.producerId(), request.producerEpoch(), RecordBatch.NO_SEQUENCE, epochsRise)
                .orElse(null);
        Errors error = ticket == null ? Errors.NONE : check.check(new TopicPartition(id.topic(), id.partition()));
        if (error != Errors.NONE) {
            return TransactionalCommits.error(request, error);
        }
        return partition.call(
                (groups, call, now) -> groups.commitOffsetsInTransaction(request, ticket, call, now),
                failure -> TransactionalCommits.error(request, failure));
    }

    /**
     * Ends a producer's transaction in a partition of {@code __consumer_offsets}: what it has committed there counts from now
     * on, or is no more. Does not wait for the disk.
     */
    public AppendResult endTransaction(int partition, PartitionLog.EndTransaction marker) {
        Optional<CoordinatorPartition<Groups, Step>> found =
                topics.byName(OFFSETS_TOPIC).flatMap(offsets -> partition(offsets, partition));
        if (found.isEmpty()) {
            String message = "there is no partition %d of %s".formatted(partition, OFFSETS_TOPIC);
            return new AppendResult.Rejected(AppendResult.Reason.UNKNOWN_TOPIC_OR_PARTITION, message);
        }
        return found.get()
                .append(
                        log -> log.endTransaction(marker),
                        groups -> groups.endTransaction(marker.producerId(), marker.isCommit()));
    }

    /** @param request of topics and partitions that exist */
    public OffsetDeleteResponseData deleteOffsets(OffsetDeleteRequestData request) throws InterruptedException {
        if (request.groupId().isEmpty()) {
            return new OffsetDeleteResponseData().setErrorCode(Errors.INVALID_GROUP_ID.code());
        }
        return partition(request.groupId())
                .call(
                        (groups, call, now) -> groups.deleteOffsets(request, call, now),
                        error -> new OffsetDeleteResponseData().setErrorCode(error.code()));
    }

    public DescribedGroup describeGroup(String groupId, short version) throws InterruptedException {
        return partition(groupId)
                .read(
                        groups -> Descriptions.describe(groups.group(groupId), version),
                        error -> new DescribedGroup().setGroupId(groupId).setErrorCode(error.code()));
    }

    public ConsumerGroupDescribeResponseData.DescribedGroup describeConsumerGroup(String groupId)
            throws InterruptedException {
        if (groupId.isEmpty()) {
            return ConsumerDescriptions.error(groupId, Errors.INVALID_GROUP_ID);
        }
        return partition(groupId)
                .read(
                        groups -> ConsumerDescriptions.describe(groups.group(groupId), groups),
                        error -> ConsumerDescriptions.error(groupId, error));
    }

    public DeletableGroupResult deleteGroup(String groupId) throws InterruptedException {
        return partition(groupId)
                .call(
                        (groups, call, now) -> groups.deleteGroup(groupId, call, now),
                        error -> new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code()));
    }

    /** What {@link #listGroups} found; {@code groups} is not all of them if there is an error. */
    public record Listing(List<ListedGroup> groups, Errors error) {}

    /** The groups in one of these states and of one of these types; empty means any. */
    public Listing listGroups(List<String> states, List<String> types) throws InterruptedException {
        var listed = new ArrayList<ListedGroup>();
        for (CoordinatorPartition<Groups, Step> partition : allPartitions()) {
            Errors error = partition.read(
                    groups -> {
                        listed.addAll(Descriptions.list(groups, states, types));
                        return Errors.NONE;
                    },
                    failure -> failure);
            if (error != Errors.NONE) {
                return new Listing(listed, error);
            }
        }
        return new Listing(listed, Errors.NONE);
    }

    private List<CoordinatorPartition<Groups, Step>> allPartitions() {
        return topics.byName(OFFSETS_TOPIC).stream()
                .flatMap(offsets -> IntStream.range(0, offsets.partitionCount())
                        .mapToObj(i -> partition(offsets, i))
                        .flatMap(Optional::stream))
                .toList();
    }

    /** Topics were deleted: the offsets that were committed for them go. May be called from any thread without a lock. */
    public void topicsDeleted() {
        var present = new ArrayList<CoordinatorPartition<Groups, Step>>();
        var gone = new ArrayList<CoordinatorPartition<Groups, Step>>();
        lock.lock();
        try {
            partitions.forEach((log, partition) -> (isGone(log) ? gone : present).add(partition));
            partitions.keySet().removeIf(this::isGone);
        } finally {
            lock.unlock();
        }
        present.forEach(partition -> partition.forEachId(this::forgetTopics));
        for (CoordinatorPartition<Groups, Step> partition : gone) {
            // Whoever waits for something hears of it.
            partition.forEachId(Groups::abandon);
            partition.close();
        }
    }

    private boolean isGone(PartitionLog log) {
        return topics.byId(log.id().topicId()).isEmpty();
    }

    private CoordinatorPartition<Groups, Step> partition(String groupId) throws InterruptedException {
        while (true) { // until nobody deletes the offsets topic between the two look-ups
            Topic offsets = topics.offsetsTopic();
            Optional<CoordinatorPartition<Groups, Step>> found =
                    partition(offsets, partitionOf(groupId, offsets.partitionCount()));
            if (found.isPresent()) {
                return found.get();
            }
        }
    }

    /** Which partition of {@code __consumer_offsets} a group belongs to; as Kafka maps them: its files are found by it. */
    public static int partitionOf(String groupId, int partitionCount) {
        int hash = groupId.hashCode();
        return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % partitionCount;
    }

    /** Empty if the offsets topic has been deleted. */
    private Optional<CoordinatorPartition<Groups, Step>> partition(Topic offsets, int partition) {
        Optional<PartitionLog> log = topics.log(offsets.id(), partition);
        lock.lock();
        try {
            return log.map(l -> partitions.computeIfAbsent(l, _ -> newPartition(l)));
        } finally {
            lock.unlock();
        }
    }

    private CoordinatorPartition<Groups, Step> newPartition(PartitionLog log) {
        return new CoordinatorPartition<>(
                log, logs, () -> new Groups(config, cluster), List.of(Groups::loaded, this::forgetTopics));
    }

    private Step forgetTopics(Groups groups, String groupId, Moment now) {
        return groups.forgetTopics(groupId, this::isGone, now);
    }

    private boolean isGone(String topic, Uuid topicId) {
        return topicId.equals(Uuid.ZERO_UUID)
                ? topics.byName(topic).isEmpty()
                : topics.byId(topicId).isEmpty();
    }

    /** Ends sessions and rebalances no more. Requests that wait are not answered: their threads are interrupted. */
    @Override
    public void close() {
        lock.lock();
        try {
            partitions.values().forEach(CoordinatorPartition::close);
        } finally {
            lock.unlock();
        }
    }
}
