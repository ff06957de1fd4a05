package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.TopicOutcome;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** DeleteTopics, versions 1 to 6, by name and by id. */
public final class DeleteTopicsApi implements Api<DeleteTopicsRequestData> {
    /** Before it, the protocol had no error code for brokers that don't delete. */
    private static final short KNOWS_DISABLED = 3;

    private final Topics topics;

    public DeleteTopicsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DELETE_TOPICS;
    }

    @Override
    public Answer handle(DeleteTopicsRequestData request, RequestContext context) throws InterruptedException {
        var deletion = new Deletion();
        request.topicNames().forEach(deletion::addName);
        request.topics().forEach(deletion::add);
        if (!topics.config().deleteTopics()) {
            deletion.refuseAll(
                    context.apiVersion() < KNOWS_DISABLED ? Errors.INVALID_REQUEST : Errors.TOPIC_DELETION_DISABLED);
        } else {
            deletion.run();
        }
        var response = new DeleteTopicsResponseData();
        deletion.results.forEach(response.responses()::mustAdd);
        return new Answer.Now(response);
    }

    /** One request: what it names, sorted out, and what became of it. */
    private final class Deletion {
        private final Set<String> names = new LinkedHashSet<>();
        private final Set<String> repeatedNames = new LinkedHashSet<>();
        private final Set<Uuid> ids = new LinkedHashSet<>();
        private final Set<Uuid> repeatedIds = new LinkedHashSet<>();
        private final List<DeletableTopicResult> results = new ArrayList<>();

        void add(DeleteTopicState topic) {
            boolean hasId = !topic.topicId().equals(Uuid.ZERO_UUID);
            if (topic.name() != null && hasId) {
                answer(
                        topic.name(),
                        topic.topicId(),
                        Errors.INVALID_REQUEST,
                        "You may not specify both topic name and topic id.");
            } else if (topic.name() != null) {
                addName(topic.name());
            } else if (hasId) {
                addId(topic.topicId());
            } else {
                answer(null, Uuid.ZERO_UUID, Errors.INVALID_REQUEST, "Neither topic name nor id were specified.");
            }
        }

        void addName(String name) {
            if (!names.add(name)) {
                repeatedNames.add(name);
            }
        }

        private void addId(Uuid id) {
            if (!ids.add(id)) {
                repeatedIds.add(id);
            }
        }

        void refuseAll(Errors error) {
            results.clear();
            names.forEach(name -> answer(name, Uuid.ZERO_UUID, error, error.message()));
            ids.forEach(id -> answer(null, id, error, error.message()));
        }

        void run() throws InterruptedException {
            repeatedNames.forEach(
                    name -> answer(name, Uuid.ZERO_UUID, Errors.INVALID_REQUEST, "Duplicate topic name."));
            repeatedIds.forEach(id -> answer(null, id, Errors.INVALID_REQUEST, "Duplicate topic id."));
            names.removeAll(repeatedNames);
            ids.removeAll(repeatedIds);
            Map<Uuid, String> found = found();
            List<Uuid> order = List.copyOf(found.keySet());
            List<TopicOutcome> outcomes = topics.delete(order);
            for (int i = 0; i < order.size(); i++) {
                Uuid id = order.get(i);
                if (outcomes.get(i) instanceof TopicOutcome.Refused(Errors error, String message)) {
                    answer(found.get(id), id, error, message);
                } else {
                    answer(found.get(id), id, Errors.NONE, null);
                }
            }
        }

        /** The topics to delete, name by id; what there is none of has its result then. */
        private Map<Uuid, String> found() {
            var found = new LinkedHashMap<Uuid, String>();
            for (Uuid id : ids) {
                topics.byId(id)
                        .ifPresentOrElse(
                                topic -> found.put(id, topic.name()),
                                () -> answer(null, id, Errors.UNKNOWN_TOPIC_ID, Errors.UNKNOWN_TOPIC_ID.message()));
            }
            var named = new HashSet<Uuid>();
            for (String name : names) {
                Topic topic = topics.byName(name).orElse(null);
                if (topic == null) {
                    answer(
                            name,
                            Uuid.ZERO_UUID,
                            Errors.UNKNOWN_TOPIC_OR_PARTITION,
                            Errors.UNKNOWN_TOPIC_OR_PARTITION.message());
                } else if (found.put(topic.id(), name) != null || repeatedIds.contains(topic.id())) {
                    named.add(topic.id());
                    answer(
                            name,
                            topic.id(),
                            Errors.INVALID_REQUEST,
                            "The provided topic name maps to an ID that was already supplied.");
                }
            }
            found.keySet().removeAll(named);
            return found;
        }

        private void answer(@Nullable String name, Uuid id, Errors error, @Nullable String message) {
            results.add(new DeletableTopicResult()
                    .setName(name)
                    .setTopicId(id)
                    .setErrorCode(error.code())
                    .setErrorMessage(message));
        }
    }
}
