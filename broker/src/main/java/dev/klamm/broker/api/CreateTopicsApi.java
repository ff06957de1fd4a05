package dev.klamm.broker.api;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.Setting;
import dev.klamm.broker.config.TopicSettings;
import dev.klamm.broker.topic.NewTopic;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.TopicOutcome;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** CreateTopics, versions 2 to 7, whole. The topics of one request become durable together. */
public final class CreateTopicsApi implements Api<CreateTopicsRequestData> {
    /** As many as Kafka's controller takes in one request. */
    private static final int MAX_PARTITIONS = 10_000;

    private final Topics topics;

    public CreateTopicsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.CREATE_TOPICS;
    }

    @Override
    public Answer handle(CreateTopicsRequestData request, RequestContext context) throws InterruptedException {
        var response = new CreateTopicsResponseData();
        if (partitionsIn(request) > MAX_PARTITIONS) {
            refuseAll(request, response);
            return new Answer.Now(response);
        }
        Set<String> repeated = repeatedNames(request);
        var wishes = new ArrayList<NewTopic>();
        for (CreatableTopic topic : request.topics()) {
            Refusal refusal = refusal(topic, repeated);
            if (refusal == null) {
                wishes.add(wish(topic));
            } else if (response.topics().find(topic.name()) == null) {
                response.topics().add(failed(topic.name(), refusal.error, refusal.message));
            }
        }
        List<TopicOutcome> outcomes = topics.create(wishes, request.validateOnly());
        for (int i = 0; i < wishes.size(); i++) {
            response.topics().add(result(wishes.get(i).name(), outcomes.get(i)));
        }
        return new Answer.Now(response);
    }

    private long partitionsIn(CreateTopicsRequestData request) {
        long partitions = 0;
        for (CreatableTopic topic : request.topics()) {
            int asked =
                    topic.numPartitions() == -1 ? topics.config().numPartitions() : Math.max(0, topic.numPartitions());
            partitions +=
                    topic.assignments().isEmpty() ? asked : topic.assignments().size();
        }
        return partitions;
    }

    private static void refuseAll(CreateTopicsRequestData request, CreateTopicsResponseData response) {
        for (CreatableTopic topic : request.topics()) {
            response.topics()
                    .mustAdd(failed(
                            topic.name(),
                            Errors.POLICY_VIOLATION,
                            "Excessively large number of partitions per request."));
        }
    }

    private record Refusal(Errors error, String message) {}

    /** What only the request as a whole, or the wire format, can have wrong. */
    private static @Nullable Refusal refusal(CreatableTopic topic, Set<String> repeated) {
        if (repeated.contains(topic.name())) {
            return new Refusal(Errors.INVALID_REQUEST, "Duplicate topic name.");
        }
        if (topic.name().equals(org.apache.kafka.common.internals.Topic.CLUSTER_METADATA_TOPIC_NAME)) {
            return new Refusal(
                    Errors.INVALID_REQUEST, "Creation of internal topic " + topic.name() + " is prohibited.");
        }
        var partitions = new HashSet<Integer>();
        for (CreatableReplicaAssignment assignment : topic.assignments()) {
            if (!partitions.add(assignment.partitionIndex())) {
                return new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "Found multiple manual partition assignments for partition " + assignment.partitionIndex());
            }
        }
        return null;
    }

    private static Set<String> repeatedNames(CreateTopicsRequestData request) {
        var seen = new HashSet<String>();
        var repeated = new HashSet<String>();
        for (CreatableTopic topic : request.topics()) {
            if (!seen.add(topic.name())) {
                repeated.add(topic.name());
            }
        }
        return repeated;
    }

    private static NewTopic wish(CreatableTopic topic) {
        var assignments = new HashMap<Integer, List<Integer>>();
        topic.assignments().forEach(assigned -> assignments.put(assigned.partitionIndex(), assigned.brokerIds()));
        Map<String, @Nullable String> settings = new HashMap<>();
        topic.configs().forEach(config -> settings.put(config.name(), config.value()));
        return new NewTopic(topic.name(), topic.numPartitions(), topic.replicationFactor(), assignments, settings);
    }

    private CreatableTopicResult result(String name, TopicOutcome outcome) {
        return switch (outcome) {
            case TopicOutcome.Refused(Errors error, String message) -> failed(name, error, message);
            case TopicOutcome.Done(Topic topic) ->
                new CreatableTopicResult()
                        .setName(name)
                        .setTopicId(topic.id())
                        .setErrorMessage(null)
                        .setNumPartitions(topic.partitionCount())
                        .setReplicationFactor((short) 1)
                        .setConfigs(settings(topic));
        };
    }

    private static CreatableTopicResult failed(String name, Errors error, @Nullable String message) {
        return new CreatableTopicResult()
                .setName(name)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private List<CreatableTopicConfigs> settings(Topic topic) {
        var settings = new ArrayList<CreatableTopicConfigs>();
        for (Setting setting : TopicSettings.all()) {
            BrokerConfig.Effective effective = topics.config().effective(setting, topic.overrides());
            settings.add(new CreatableTopicConfigs()
                    .setName(setting.name())
                    .setValue(effective.value())
                    .setReadOnly(false)
                    .setConfigSource(effective.source().id())
                    .setIsSensitive(setting.isSensitive()));
        }
        return settings;
    }
}
