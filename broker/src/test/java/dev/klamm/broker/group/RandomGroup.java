package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.apache.kafka.common.Uuid;

/** A consumer group that changes at random: members, subscriptions, topics and partitions come and go. */
final class RandomGroup {
    private static final int MAX_TOPICS = 6;
    private static final int MAX_MEMBERS = 12;

    private final Random random;
    private final IntFunction<Uuid> topicId;
    private final boolean wantTheSame;
    private final Map<Uuid, Integer> partitionCounts = new TreeMap<>();
    private final Map<String, Assignee> members = new TreeMap<>();

    /**
     * @param topicId of the n-th topic
     * @param wantTheSame whether all members are always subscribed to all topics
     */
    RandomGroup(long seed, IntFunction<Uuid> topicId, boolean wantTheSame) {
        this.random = new Random(seed);
        this.topicId = topicId;
        this.wantTheSame = wantTheSame;
        for (int i = 1 + random.nextInt(MAX_TOPICS); i > 0; i--) {
            addTopic();
        }
        for (int i = 1 + random.nextInt(MAX_MEMBERS); i > 0; i--) {
            addMember();
        }
    }

    Map<String, Assignee> members() {
        return members;
    }

    Map<Uuid, Integer> partitionCounts() {
        return partitionCounts;
    }

    private void addTopic() {
        partitionCounts.putIfAbsent(topicId.apply(1 + random.nextInt(MAX_TOPICS)), 1 + random.nextInt(20));
        subscribeAllIfTheSame();
    }

    private void addMember() {
        String instance = random.nextInt(3) == 0 ? "instance-" + random.nextInt(1000) : null;
        members.put("member-" + random.nextInt(10_000), new Assignee(instance, someTopics(), Map.of()));
    }

    private Set<Uuid> someTopics() {
        var topics = new TreeSet<>(partitionCounts.keySet());
        if (!wantTheSame) {
            topics.removeIf(_ -> random.nextInt(3) == 0);
        }
        return topics;
    }

    private void subscribeAllIfTheSame() {
        if (wantTheSame) {
            members.replaceAll((_, member) -> new Assignee(member.instanceId(), someTopics(), member.target()));
        }
    }

    /** The group has this target assignment now. */
    void assigned(Map<String, Map<Uuid, Set<Integer>>> target) {
        members.replaceAll(
                (id, member) -> new Assignee(member.instanceId(), member.topics(), target.getOrDefault(id, Map.of())));
    }

    /** Something happens to it. At least one member stays. */
    void change() {
        switch (random.nextInt(6)) {
            case 0 -> addTopic();
            case 1 -> deleteTopic();
            case 2 -> partitionCounts.replaceAll((_, count) -> count + random.nextInt(4));
            case 3 -> removeMember();
            case 4 -> addMember();
            default -> {
                String changed = anyMember();
                members.computeIfPresent(
                        changed, (_, member) -> new Assignee(member.instanceId(), someTopics(), member.target()));
            }
        }
    }

    private void deleteTopic() {
        Uuid topic = new ArrayList<>(partitionCounts.keySet()).get(random.nextInt(partitionCounts.size()));
        if (partitionCounts.size() > 1) {
            partitionCounts.remove(topic);
            members.values().forEach(member -> member.topics().remove(topic));
        }
    }

    private void removeMember() {
        String id = anyMember();
        if (members.size() > 1) {
            members.remove(id);
        }
    }

    private String anyMember() {
        return new ArrayList<>(members.keySet()).get(random.nextInt(members.size()));
    }

    @Override
    public String toString() {
        return "partitions " + partitionCounts + " members " + members;
    }
}
