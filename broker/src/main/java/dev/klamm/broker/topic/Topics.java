package dev.klamm.broker.topic;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.TopicValues;
import dev.klamm.log.LogConfig;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * All topics and the settings that were changed while the broker ran. The truth is the metadata log: a change is appended,
 * on disk, then applied here, and only then answered.
 *
 * <p>Any thread may read at any time and sees the state after some change. Every change throws
 * {@link KafkaStorageException} if it could not be made durable.
 */
public final class Topics {
    private final Path directory;
    private final Logs logs;
    private final TopicLogs topicLogs;
    private final MetaProperties meta;
    private final MetadataLog metadataLog;
    private final MetadataImage image = new MetadataImage();

    /** Guards every append to the metadata log, and the writing of the fields below. Held while waiting for the disk. */
    private final ReentrantLock changing = new ReentrantLock();

    private final ProducerIds producerIds = new ProducerIds();
    private volatile BrokerConfig config;
    private volatile Runnable afterDeletions = () -> {};

    private Topics(Path directory, Logs logs, MetaProperties meta, MetadataLog metadataLog, BrokerConfig config) {
        this.directory = directory;
        this.logs = logs;
        this.topicLogs = new TopicLogs(logs);
        this.meta = meta;
        this.metadataLog = metadataLog;
        this.config = config;
    }

    /**
     * Reads what the directory holds of topics and settings, or starts a new cluster in it, and registers the log of every
     * partition with {@code logs}.
     *
     * @throws UnusableDirectoryException if it is a directory that Klamm can't go on with
     */
    public static Topics open(Path directory, Logs logs, BrokerConfig config) throws IOException, InterruptedException {
        Integer wantedNodeId = config.given().containsKey("node.id") ? config.nodeId() : null;
        MetaProperties meta = MetaProperties.readOrCreate(directory, wantedNodeId);
        int leaderEpoch = QuorumState.leaderEpoch(directory);
        var topics = new Topics(directory, logs, meta, new MetadataLog(logs, leaderEpoch), config);
        topics.load(leaderEpoch);
        return topics;
    }

    private void load(int leaderEpoch) throws IOException, InterruptedException {
        Set<Uuid> deleted;
        changing.lock();
        try {
            logs.reconfigure(config.upkeep());
            if (metadataLog.isEmpty()) {
                long nowMs = System.currentTimeMillis();
                metadataLog.appendLeaderChange(meta.nodeId(), leaderEpoch, nowMs);
                metadataLog.append(FirstRecords.cluster(), nowMs);
                long brokerEpoch = metadataLog.endOffset();
                var listeners = config.connections().listeners();
                metadataLog.append(List.of(FirstRecords.broker(meta, brokerEpoch, listeners)), nowMs);
            }
            MetadataImage.Change change = image.change();
            metadataLog.replay(directory, change);
            publish(change);
            deleted = change.removedIds();
        } finally {
            changing.unlock();
        }
        logs.allRegistered(deleted);
    }

    /** The data directory. */
    public Path directory() {
        return directory;
    }

    /** 22 letters, kept in meta.properties. */
    public String clusterId() {
        return meta.clusterId();
    }

    /** The number that the directory belongs to; {@code node.id} must agree with it if it is set. */
    public int nodeId() {
        return meta.nodeId();
    }

    /** The settings as they are now: those that the broker was started with, and those changed since (AlterConfigs). */
    public BrokerConfig config() {
        return config;
    }

    /** Features and their levels, such as metadata.version, as they are now. */
    public FinalizedFeatures features() {
        return image.features();
    }

    public Optional<Topic> byName(String name) {
        return Optional.ofNullable(image.topic(name));
    }

    public Optional<Topic> byId(Uuid id) {
        return Optional.ofNullable(image.topic(id));
    }

    /** A snapshot, sorted by name. */
    public Collection<Topic> all() {
        return image.topics();
    }

    /**
     * Goes up whenever topics are created, changed or deleted, also from one start to the next; -1 before the first. What was
     * looked up after a version was read is at least as new as that.
     */
    public long version() {
        return image.topicsVersion();
    }

    /** The log of a partition; empty if there is no such topic or partition. */
    public Optional<PartitionLog> log(String topic, int partition) {
        Topic found = image.topic(topic);
        return found == null ? Optional.empty() : log(found.id(), partition);
    }

    /** The same by topic id. */
    public Optional<PartitionLog> log(Uuid topicId, int partition) {
        return topicLogs.find(topicId, partition);
    }

    /** 0, unless an Apache Kafka had this directory and the partition's leader changed then. */
    public int leaderEpoch(Topic topic, int partition) {
        return image.leaderEpoch(topic.id(), partition);
    }

    /** A producer id that no one was ever given in this directory. */
    public long nextProducerId() throws InterruptedException {
        changing.lock();
        try {
            if (producerIds.isUsedUp()) {
                long first = image.nextProducerId();
                append(List.of(MetadataRecord.of(new ProducerIdsRecord()
                        .setBrokerId(meta.nodeId())
                        .setBrokerEpoch(image.brokerEpoch())
                        .setNextProducerId(first + ProducerIds.BLOCK))));
                producerIds.begin(first);
            }
            return producerIds.take();
        } finally {
            changing.unlock();
        }
    }

    /** Creates {@code __consumer_offsets} if need be, with its own settings (compacted, offsets.topic.num.partitions). */
    public Topic offsetsTopic() throws InterruptedException {
        return internalTopic(InternalTopics.offsets(config));
    }

    /** Creates {@code __transaction_state} if need be, with its own settings (transaction.state.log.num.partitions). */
    public Topic transactionsTopic() throws InterruptedException {
        return internalTopic(InternalTopics.transactions(config));
    }

    private Topic internalTopic(NewTopic wish) throws InterruptedException {
        Topic present = image.topic(wish.name());
        if (present != null) {
            return present;
        }
        TopicOutcome outcome = create(List.of(wish), false).getFirst();
        return switch (outcome) {
            case TopicOutcome.Done done -> done.topic();
            case TopicOutcome.Refused refused
            when refused.error() == Errors.TOPIC_ALREADY_EXISTS ->
                byName(wish.name()).orElseThrow();
            case TopicOutcome.Refused refused -> throw refused.error().exception(refused.message());
        };
    }

    /**
     * Creates topics, each one that can be; all of them become durable together.
     *
     * @param wishes of different names
     * @param validateOnly say what would happen, change nothing
     * @return outcomes in the order of the wishes
     */
    public List<TopicOutcome> create(List<NewTopic> wishes, boolean validateOnly) throws InterruptedException {
        changing.lock();
        try {
            TopicPlans plans = plans();
            return carryOut(wishes.stream().map(plans::create).toList(), validateOnly);
        } finally {
            changing.unlock();
        }
    }

    /**
     * Gives a topic more partitions.
     *
     * @param count how many it is to have in all
     * @param assignments broker ids of the added ones; null: the broker's choice
     */
    public TopicOutcome addPartitions(
            String name, int count, @Nullable List<List<Integer>> assignments, boolean validateOnly)
            throws InterruptedException {
        changing.lock();
        try {
            return carryOut(List.of(plans().addPartitions(name, count, assignments)), validateOnly)
                    .getFirst();
        } finally {
            changing.unlock();
        }
    }

    /** {@code listener} runs whenever topics have been deleted, on the thread that deleted them, which holds no lock. */
    public void afterDeletions(Runnable listener) {
        afterDeletions = listener;
    }

    /**
     * Changes settings of topics, groups and brokers, each wish as a whole or not at all; they take effect at once.
     *
     * @param wishes for different resources, which are topics, groups or brokers
     * @return outcomes in the order of the wishes
     */
    public List<ConfigOutcome> alter(List<ConfigWish> wishes, boolean validateOnly) throws InterruptedException {
        changing.lock();
        try {
            var plans = new ConfigPlans(image, config, meta.nodeId());
            var outcomes = new ArrayList<ConfigOutcome>();
            var records = new ArrayList<MetadataRecord>();
            for (ConfigWish wish : wishes) {
                switch (plans.alter(wish)) {
                    case ConfigPlans.Accepted accepted -> {
                        outcomes.add(new ConfigOutcome.Altered());
                        records.addAll(accepted.records());
                    }
                    case ConfigPlans.Declined declined -> outcomes.add(declined.refusal());
                }
            }
            if (!validateOnly) {
                append(records);
            }
            return outcomes;
        } finally {
            changing.unlock();
        }
    }

    /**
     * Changes levels of features, all or none; clients that connect from then on hear of it.
     *
     * @return why not, for the user; empty if it is done
     */
    public Optional<String> updateFeatures(List<FeatureWish> wishes, boolean validateOnly) throws InterruptedException {
        changing.lock();
        try {
            return switch (new FeaturePlans(image, config, meta.nodeId()).update(wishes)) {
                case FeaturePlans.Declined(String message) -> Optional.of(message);
                case FeaturePlans.Accepted(List<MetadataRecord> records) -> {
                    if (!validateOnly) {
                        append(records);
                    }
                    yield Optional.empty();
                }
            };
        } finally {
            changing.unlock();
        }
    }

    /** Brokers, groups and others with settings of their own; topics are not among them. */
    public Collection<ConfigResource> configured() {
        return image.configured();
    }

    /** What was set for a group, which need not exist. */
    public Map<String, String> groupOverrides(String groupId) {
        return image.configs(ConfigPlans.group(groupId));
    }

    /** What was set for a broker while it ran; the name is empty for all brokers. */
    public Map<String, String> brokerOverrides(String broker) {
        return image.configs(ConfigPlans.brokers(broker));
    }

    /** What speaks against these brokers, in this order, being the replicas of a partition; empty: nothing. */
    public Optional<String> objectionTo(List<Integer> brokers) {
        return plans().objectionTo(brokers);
    }

    /** Deletes topics with their records; the disk space is free after {@code file.delete.delay.ms}. */
    public List<TopicOutcome> delete(List<Uuid> ids) throws InterruptedException {
        List<TopicOutcome> outcomes = deleteTopics(ids);
        afterDeletions.run();
        return outcomes;
    }

    private List<TopicOutcome> deleteTopics(List<Uuid> ids) throws InterruptedException {
        changing.lock();
        try {
            var outcomes = new ArrayList<TopicOutcome>();
            var records = new ArrayList<MetadataRecord>();
            for (Uuid id : ids) {
                Topic topic = image.topic(id);
                if (topic == null) {
                    outcomes.add(new TopicOutcome.Refused(Errors.UNKNOWN_TOPIC_ID));
                } else {
                    outcomes.add(new TopicOutcome.Done(topic));
                    records.add(MetadataRecord.of(new RemoveTopicRecord().setTopicId(id)));
                }
            }
            append(records);
            for (TopicOutcome outcome : outcomes) {
                if (outcome instanceof TopicOutcome.Done(Topic topic)) {
                    topicLogs.delete(topic);
                }
            }
            return outcomes;
        } finally {
            changing.unlock();
        }
    }

    private TopicPlans plans() {
        return new TopicPlans(image, config, meta.nodeId(), meta.directoryId());
    }

    private List<TopicOutcome> carryOut(List<TopicPlans.Plan> plans, boolean validateOnly) throws InterruptedException {
        var outcomes = new ArrayList<TopicOutcome>();
        var records = new ArrayList<MetadataRecord>();
        for (TopicPlans.Plan plan : plans) {
            switch (plan) {
                case TopicPlans.Accepted accepted -> {
                    outcomes.add(new TopicOutcome.Done(accepted.topic()));
                    records.addAll(accepted.records());
                }
                case TopicPlans.Declined declined -> outcomes.add(declined.refusal());
            }
        }
        if (!validateOnly) {
            append(records);
        }
        return outcomes;
    }

    /** Makes the records durable, applies them, and brings logs and settings in line with them. Needs the lock. */
    private void append(List<MetadataRecord> records) throws InterruptedException {
        if (records.isEmpty()) {
            return;
        }
        metadataLog.append(records, System.currentTimeMillis());
        MetadataImage.Change change = image.change();
        records.forEach(record -> change.apply(record.message()));
        publish(change);
    }

    /** Settings and logs are there before anybody sees the topic. */
    private void publish(MetadataImage.Change change) {
        if (change.changesBrokers()) {
            config = config.withDynamic(
                    change.configs(ConfigPlans.brokers("")),
                    change.configs(ConfigPlans.brokers(Integer.toString(meta.nodeId()))));
            logs.reconfigure(config.upkeep());
            image.topics().forEach(topic -> register(topic, change));
        }
        change.changed().forEach(topic -> register(topic, change));
        image.publish(change, metadataLog.endOffset());
    }

    private void register(Topic topic, MetadataImage.Change change) {
        topicLogs.register(topic, logConfig(topic), partition -> change.leaderEpoch(topic.id(), partition));
    }

    private LogConfig logConfig(Topic topic) {
        return topic.overrides().isEmpty()
                ? config.defaultLogConfig()
                : new TopicValues(topic.overrides(), config).toLogConfig();
    }
}
