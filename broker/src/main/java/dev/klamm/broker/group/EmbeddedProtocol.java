package dev.klamm.broker.group;

import dev.klamm.broker.topic.Topic;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.utils.Bytes;

/**
 * What consumers of the classic protocol tell one another by way of the broker, who reads it only where the two protocols meet.
 * A version (int16), then the message in that version; later versions only add fields, so that one we don't know is read as the
 * last that we know.
 */
final class EmbeddedProtocol {
    private EmbeddedProtocol() {}

    /** @throws RuntimeException if it is none */
    static ConsumerProtocolSubscription subscription(Bytes metadata) {
        ByteBuffer buffer = ByteBuffer.wrap(metadata.get());
        short version = known(buffer.getShort());
        return new ConsumerProtocolSubscription(new ByteBufferAccessor(buffer), version);
    }

    /** The version in which whoever sent this wants to be answered. */
    static short version(Bytes metadata) {
        return known(ByteBuffer.wrap(metadata.get()).getShort());
    }

    private static short known(short version) {
        return version > ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION
                ? ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION
                : version;
    }

    /**
     * Empty for a member that has got none yet.
     *
     * @throws RuntimeException if it is none
     */
    static ConsumerProtocolAssignment assignment(Bytes assignment) {
        if (assignment.get().length == 0) {
            return new ConsumerProtocolAssignment();
        }
        ByteBuffer buffer = ByteBuffer.wrap(assignment.get());
        short version = known(buffer.getShort());
        return new ConsumerProtocolAssignment(new ByteBufferAccessor(buffer), version);
    }

    /** Topics that are no more are left out. */
    static Bytes assignment(Map<Uuid, ? extends Iterable<Integer>> partitions, short version, Cluster cluster) {
        var assignment = new ConsumerProtocolAssignment();
        partitions.forEach((topicId, ofTopic) -> {
            Topic topic = cluster.topic(topicId);
            if (topic != null) {
                var numbers = new ArrayList<Integer>();
                ofTopic.forEach(numbers::add);
                assignment
                        .assignedPartitions()
                        .add(new ConsumerProtocolAssignment.TopicPartition()
                                .setTopic(topic.name())
                                .setPartitions(numbers));
            }
        });
        return Bytes.wrap(MessageUtil.toVersionPrefixedBytes(version, assignment));
    }

    /** By topic id; topics that are no more are left out. */
    static SortedMap<Uuid, SortedSet<Integer>> partitions(ConsumerProtocolAssignment assignment, Cluster cluster) {
        var partitions = new TreeMap<Uuid, SortedSet<Integer>>();
        assignment.assignedPartitions().forEach(ofTopic -> {
            Topic topic = cluster.topic(ofTopic.topic());
            if (topic != null && !ofTopic.partitions().isEmpty()) {
                partitions.put(topic.id(), new TreeSet<>(ofTopic.partitions()));
            }
        });
        return partitions;
    }

    /** What the member says that it has, as a heartbeat of the new protocol would say it. */
    static List<TopicPartitions> owned(ConsumerProtocolSubscription subscription, Cluster cluster) {
        var owned = new ArrayList<TopicPartitions>();
        subscription.ownedPartitions().forEach(ofTopic -> {
            Topic topic = cluster.topic(ofTopic.topic());
            if (topic != null) {
                owned.add(new TopicPartitions().setTopicId(topic.id()).setPartitions(ofTopic.partitions()));
            }
        });
        return owned;
    }
}
