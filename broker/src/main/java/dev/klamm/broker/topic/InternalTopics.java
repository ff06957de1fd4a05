package dev.klamm.broker.topic;

import dev.klamm.broker.config.BrokerConfig;
import java.util.Map;
import org.apache.kafka.common.internals.Topic;

/** The topics of the coordinators, as Kafka creates them when they are first needed. */
final class InternalTopics {

    private InternalTopics() {}

    static NewTopic offsets(BrokerConfig config) {
        BrokerConfig.Offsets offsets = config.offsets();
        return new NewTopic(
                Topic.GROUP_METADATA_TOPIC_NAME,
                offsets.topicPartitions(),
                1,
                Map.of(),
                Map.of(
                        "cleanup.policy", "compact",
                        "compression.type", "producer",
                        "segment.bytes", Integer.toString(offsets.topicSegmentBytes())));
    }

    static NewTopic transactions(BrokerConfig config) {
        BrokerConfig.Transactions transactions = config.transactions();
        return new NewTopic(
                Topic.TRANSACTION_STATE_TOPIC_NAME,
                transactions.topicPartitions(),
                1,
                Map.of(),
                Map.of(
                        "cleanup.policy", "compact",
                        "compression.type", "uncompressed",
                        "min.insync.replicas", Integer.toString(transactions.topicMinIsr()),
                        "segment.bytes", Integer.toString(transactions.topicSegmentBytes()),
                        "unclean.leader.election.enable", "false"));
    }
}
