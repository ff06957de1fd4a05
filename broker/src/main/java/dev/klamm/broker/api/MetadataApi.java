package dev.klamm.broker.api;

import dev.klamm.broker.topic.NewTopic;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.TopicOutcome;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Metadata, versions 0 to 13. This node is the only broker, the controller, and the leader of every partition.
 *
 * <p>Differs from Kafka: a topic that is created because somebody asked for it is in the answer at once, where Kafka says
 * LEADER_NOT_AVAILABLE and is asked again.
 */
public final class MetadataApi implements Api<MetadataRequestData> {
    private final Topics topics;

    public MetadataApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.METADATA;
    }

    @Override
    public Answer handle(MetadataRequestData request, RequestContext context) throws InterruptedException {
        var response =
                new MetadataResponseData().setClusterId(topics.clusterId()).setControllerId(topics.nodeId());
        response.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(topics.nodeId())
                        .setHost(context.advertised().getHostString())
                        .setPort(context.advertised().getPort()));
        described(request, context.apiVersion()).forEach(response.topics()::add);
        if (request.includeTopicAuthorizedOperations()) {
            response.topics().forEach(topic -> topic.setTopicAuthorizedOperations(AuthorizedOperations.OF_TOPIC));
        }
        if (request.includeClusterAuthorizedOperations()) {
            response.setClusterAuthorizedOperations(AuthorizedOperations.OF_CLUSTER);
        }
        return new Answer.Now(response);
    }

    /** Null stands for all topics; in version 0 the empty list does. */
    private List<MetadataResponseTopic> described(MetadataRequestData request, short version)
            throws InterruptedException {
        List<MetadataRequestTopic> wanted = request.topics();
        if (wanted == null || (version == 0 && wanted.isEmpty())) {
            return topics.all().stream().map(this::described).toList();
        }
        if (wanted.stream().anyMatch(topic -> isMalformed(topic, version))) {
            return wanted.stream()
                    .map(topic -> failed(
                            Errors.INVALID_REQUEST, Objects.requireNonNullElse(topic.name(), ""), topic.topicId()))
                    .toList();
        }
        boolean byId = wanted.stream().anyMatch(topic -> !topic.topicId().equals(Uuid.ZERO_UUID));
        return byId ? describedById(wanted) : describedByName(wanted, request.allowAutoTopicCreation());
    }

    /** In versions 10 and 11 the schema has topic ids, but a request must name its topics. */
    private static boolean isMalformed(MetadataRequestTopic topic, short version) {
        return version < 12 && (topic.name() == null || !topic.topicId().equals(Uuid.ZERO_UUID));
    }

    private List<MetadataResponseTopic> describedById(List<MetadataRequestTopic> wanted) {
        var answers = new ArrayList<MetadataResponseTopic>();
        for (Uuid id : idsOf(wanted)) {
            answers.add(topics.byId(id)
                    .map(this::described)
                    .orElseGet(() -> new MetadataResponseTopic()
                            .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                            .setName(null)
                            .setTopicId(id)));
        }
        return answers;
    }

    private static Set<Uuid> idsOf(List<MetadataRequestTopic> wanted) {
        var ids = new LinkedHashSet<Uuid>();
        wanted.forEach(topic -> ids.add(topic.topicId()));
        ids.remove(Uuid.ZERO_UUID);
        return ids;
    }

    private List<MetadataResponseTopic> describedByName(List<MetadataRequestTopic> wanted, boolean mayCreate)
            throws InterruptedException {
        var names = new LinkedHashSet<String>();
        wanted.forEach(topic -> names.add(Objects.requireNonNullElse(topic.name(), "")));
        List<String> missing =
                names.stream().filter(name -> topics.byName(name).isEmpty()).toList();
        if (!missing.isEmpty() && mayCreate && topics.config().autoCreateTopics()) {
            create(missing);
        }
        return names.stream()
                .map(name -> topics.byName(name).map(this::described).orElseGet(() -> missing(name)))
                .toList();
    }

    private void create(List<String> names) throws InterruptedException {
        var wishes = new ArrayList<NewTopic>();
        for (String name : names) {
            switch (name) {
                case org.apache.kafka.common.internals.Topic.GROUP_METADATA_TOPIC_NAME -> topics.offsetsTopic();
                case org.apache.kafka.common.internals.Topic.TRANSACTION_STATE_TOPIC_NAME,
                        org.apache.kafka.common.internals.Topic.SHARE_GROUP_STATE_TOPIC_NAME,
                        org.apache.kafka.common.internals.Topic.CLUSTER_METADATA_TOPIC_NAME -> {}
                default -> wishes.add(NewTopic.named(name));
            }
        }
        List<TopicOutcome> outcomes = topics.create(wishes, false);
        assert outcomes.size() == wishes.size() : "one outcome for each wish";
    }

    private MetadataResponseTopic missing(String name) {
        try {
            org.apache.kafka.common.internals.Topic.validate(name);
            return failed(Errors.UNKNOWN_TOPIC_OR_PARTITION, name, Uuid.ZERO_UUID);
        } catch (InvalidTopicException e) {
            return failed(Errors.INVALID_TOPIC_EXCEPTION, name, Uuid.ZERO_UUID);
        }
    }

    private static MetadataResponseTopic failed(Errors error, String name, Uuid id) {
        return new MetadataResponseTopic()
                .setErrorCode(error.code())
                .setName(name)
                .setTopicId(id)
                .setIsInternal(org.apache.kafka.common.internals.Topic.isInternal(name));
    }

    private MetadataResponseTopic described(Topic topic) {
        var partitions = new ArrayList<MetadataResponsePartition>(topic.partitionCount());
        List<Integer> replicas = List.of(topics.nodeId());
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            partitions.add(new MetadataResponsePartition()
                    .setPartitionIndex(partition)
                    .setLeaderId(topics.nodeId())
                    .setLeaderEpoch(topics.leaderEpoch(topic, partition))
                    .setReplicaNodes(replicas)
                    .setIsrNodes(replicas)
                    .setOfflineReplicas(List.of()));
        }
        return new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(topic.isInternal())
                .setPartitions(partitions);
    }
}
