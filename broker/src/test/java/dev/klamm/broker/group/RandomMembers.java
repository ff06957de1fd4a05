package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.jspecify.annotations.Nullable;

/**
 * Members that do more or less what members do: they join, heed what they are told or not, speak with the right epoch or an
 * old one, want other topics, leave, and come back. Some are static.
 */
final class RandomMembers {
    private static final List<String> TOPICS = List.of("rides", "stops", "fares", "nothere");
    private static final List<String> INSTANCES = List.of("i1", "i2");

    private final Random random;
    private final List<Life> lives = new ArrayList<>();
    private int born;

    private static final class Life {
        final String id;
        final @Nullable String instanceId;
        int epoch;
        List<TopicPartitions> told = List.of();
        List<TopicPartitions> toldBefore = List.of();

        Life(String id, @Nullable String instanceId) {
            this.id = id;
            this.instanceId = instanceId;
        }
    }

    private final Map<ConsumerGroupHeartbeatRequestData, Life> asking = new HashMap<>();

    RandomMembers(Random random) {
        this.random = random;
    }

    ConsumerGroupHeartbeatRequestData next() {
        if (lives.isEmpty() || random.nextInt(12) == 0) {
            String instanceId = random.nextInt(3) == 0 ? INSTANCES.get(random.nextInt(INSTANCES.size())) : null;
            lives.add(new Life("m" + born++, instanceId));
        }
        Life life = lives.get(random.nextInt(lives.size()));
        ConsumerGroupHeartbeatRequestData request = new ConsumerGroupHeartbeatRequestData()
                .setGroupId("g")
                .setMemberId(life.id)
                .setInstanceId(life.instanceId);
        switch (random.nextInt(20)) {
            case 0 -> request.setMemberEpoch(CurrentAssignment.LEFT);
            case 1 -> request.setMemberEpoch(life.instanceId == null ? CurrentAssignment.LEFT : CurrentAssignment.AWAY);
            default -> {
                if (life.epoch <= 0 || random.nextInt(20) == 0) {
                    join(request);
                } else {
                    beat(request, life);
                }
            }
        }
        asking.clear();
        asking.put(request, life);
        return request;
    }

    private void join(ConsumerGroupHeartbeatRequestData request) {
        request.setMemberEpoch(0)
                .setRebalanceTimeoutMs(5_000 + random.nextInt(60_000))
                .setTopicPartitions(List.of())
                .setSubscribedTopicNames(someTopics());
    }

    private void beat(ConsumerGroupHeartbeatRequestData request, Life life) {
        request.setMemberEpoch(random.nextInt(10) == 0 ? life.epoch + random.nextInt(4) - 2 : life.epoch);
        if (request.memberEpoch() <= 0) {
            request.setMemberEpoch(life.epoch);
        }
        request.setTopicPartitions(
                switch (random.nextInt(6)) {
                    case 0 -> null;
                    case 1 -> life.toldBefore;
                    case 2 -> some(life.told);
                    default -> life.told;
                });
        if (random.nextInt(15) == 0) {
            request.setSubscribedTopicNames(someTopics());
        }
        if (random.nextInt(15) == 0) {
            request.setRebalanceTimeoutMs(5_000 + random.nextInt(60_000));
        }
        if (random.nextInt(30) == 0) {
            request.setRackId("rack" + random.nextInt(2));
        }
        if (random.nextInt(40) == 0) {
            request.setServerAssignor(Assignor.UNIFORM.id());
        }
    }

    private List<String> someTopics() {
        return TOPICS.stream().filter(_ -> random.nextInt(3) != 0).toList();
    }

    private List<TopicPartitions> some(List<TopicPartitions> owned) {
        return owned.stream()
                .filter(_ -> random.nextBoolean())
                .map(topic -> new TopicPartitions()
                        .setTopicId(topic.topicId())
                        .setPartitions(topic.partitions().stream()
                                .filter(_ -> random.nextBoolean())
                                .toList()))
                .toList();
    }

    void answered(ConsumerGroupHeartbeatRequestData request, ConsumerGroupHeartbeatResponseData response) {
        Life life = asking.get(request);
        if (life == null || random.nextInt(10) == 0) {
            return; // the answer was lost
        }
        if (response.errorCode() != 0) {
            life.epoch = 0;
            return;
        }
        life.epoch = response.memberEpoch();
        if (response.assignment() != null) {
            life.toldBefore = life.told;
            life.told = response.assignment().topicPartitions().stream()
                    .map(topic ->
                            new TopicPartitions().setTopicId(topic.topicId()).setPartitions(topic.partitions()))
                    .toList();
        }
        if (response.memberEpoch() < 0 && random.nextBoolean()) {
            lives.remove(life);
        }
    }
}
