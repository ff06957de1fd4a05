package dev.klamm.broker.group;

import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingInt;
import static java.util.Comparator.naturalOrder;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.apache.kafka.common.Uuid;

/**
 * {@link Assignor#UNIFORM} for members that are subscribed to different topics. Everybody keeps what it has and still wants;
 * what is nobody's goes to those who have least; then partitions move from those who have most, topic by topic, until no
 * topic's subscribers differ by more than one.
 *
 * <p>If topics share some subscribers and not others, moves in one topic can undo the balance of another, so all of them are
 * gone through again; after {@value #MAX_ROUNDS} rounds it is left as it is, as in Kafka.
 */
final class UnequalWishes {
    private static final int MAX_ROUNDS = 16;

    private final Assignees members;
    private final NavigableMap<Uuid, int[]> owners;
    private final Map<Uuid, int[]> subscribers = new HashMap<>();
    private final int[] loads; // partitions of each member
    private final List<Uuid> topics;

    UnequalWishes(Assignees members) {
        this.members = members;
        this.owners = members.owners();
        this.loads = new int[members.count()];
        for (Uuid topic : members.topics()) {
            subscribers.put(topic, members.subscribers(topic));
        }
        this.topics = members.topics().stream().sorted(hardestFirst()).toList();
    }

    /** A topic with many partitions for few members is better given out while everything else can still make up for it. */
    private Comparator<Uuid> hardestFirst() {
        Comparator<Uuid> byShare =
                comparingDouble(topic -> -(double) members.partitionCount(topic) / subscribers(topic).length);
        return byShare.thenComparing(comparingInt(topic -> subscribers(topic).length))
                .thenComparing(naturalOrder());
    }

    private int[] subscribers(Uuid topic) {
        return subscribers.getOrDefault(topic, new int[0]);
    }

    private int[] owners(Uuid topic) {
        return owners.getOrDefault(topic, new int[0]);
    }

    AssignmentDraft assignment() {
        owners.values()
                .forEach(ofTopic -> Arrays.stream(ofTopic)
                        .filter(owner -> owner != Assignees.NOBODY)
                        .forEach(owner -> loads[owner]++));
        topics.forEach(this::giveWhatIsFree);
        balance();
        var assignment = new AssignmentDraft(members.ids());
        owners.forEach((topic, ofTopic) -> {
            for (int partition = 0; partition < ofTopic.length; partition++) {
                assignment.give(members.id(ofTopic[partition]), topic, partition);
            }
        });
        return assignment;
    }

    private void giveWhatIsFree(Uuid topic) {
        int[] ofTopic = owners(topic);
        var least = new LeastLoaded(subscribers(topic), loads);
        for (int partition = 0; partition < ofTopic.length; partition++) {
            if (ofTopic[partition] == Assignees.NOBODY) {
                ofTopic[partition] = least.next();
                loads[ofTopic[partition]]++;
            }
        }
    }

    /** Ends when a whole round from topic to topic has moved nothing. */
    private void balance() {
        List<Uuid> shared =
                topics.stream().filter(topic -> subscribers(topic).length > 1).toList();
        int lastMoved = -1;
        for (int round = 0; round < MAX_ROUNDS; round++) {
            for (int i = 0; i < shared.size(); i++) {
                if (i == lastMoved) {
                    return;
                }
                boolean moved = balance(shared.get(i));
                if (moved || lastMoved == -1) {
                    lastMoved = i;
                }
            }
        }
    }

    /** Returns whether anything was moved. */
    private boolean balance(Uuid topic) {
        int[] ofTopic = owners(topic);
        var least = new LeastLoaded(subscribers(topic), loads);
        var most = new MostLoaded(subscribers(topic), loads);
        if (most.highest() - least.lowest() <= 1) {
            return false;
        }
        List<Deque<Integer>> givable = givable(ofTopic);
        boolean moved = false;
        while (true) {
            int giver = most.next();
            while (giver >= 0 && givable.get(giver).isEmpty()) {
                most.exclude();
                giver = most.next();
            }
            if (giver < 0) {
                return moved;
            }
            int taker = least.next();
            if (most.level() - least.level() <= 1) {
                return moved;
            }
            ofTopic[givable.get(giver).removeLast()] = taker;
            loads[giver]--;
            loads[taker]++;
            moved = true;
        }
    }

    /** The partitions that each member has at first. One that was given on is not given on again. */
    private List<Deque<Integer>> givable(int[] ofTopic) {
        var givable = new ArrayList<Deque<Integer>>();
        members.ids().forEach(_ -> givable.add(new ArrayDeque<>()));
        for (int partition = 0; partition < ofTopic.length; partition++) {
            givable.get(ofTopic[partition]).add(partition);
        }
        return givable;
    }
}
