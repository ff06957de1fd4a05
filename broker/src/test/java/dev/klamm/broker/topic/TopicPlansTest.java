package dev.klamm.broker.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.config.BrokerConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class TopicPlansTest {
    private static final Uuid DIRECTORY = Uuid.randomUuid();

    private final MetadataImage image = new MetadataImage();

    private TopicPlans plans() {
        return new TopicPlans(image, BrokerConfig.of(Map.of("num.partitions", "3")), 1, DIRECTORY);
    }

    private static NewTopic topic(String name, int partitions, int replicas) {
        return new NewTopic(name, partitions, replicas, Map.of(), Map.of());
    }

    private Topic create(NewTopic wish) {
        var accepted = (TopicPlans.Accepted) plans().create(wish);
        MetadataImage.Change change = image.change();
        accepted.records().forEach(record -> change.apply(record.message()));
        image.publish(change, 1);
        return accepted.topic();
    }

    private static void assertRefused(TopicPlans.Plan plan, Errors error, String message) {
        assertThat(plan).isEqualTo(new TopicPlans.Declined(error, message));
    }

    @Test
    void theRecordsOfATopicAmountToTheTopic() {
        Topic created = create(new NewTopic("rides", -1, -1, Map.of(), Map.of("retention.ms", "1000")));

        assertThat(created.partitionCount()).isEqualTo(3);
        assertThat(image.topic("rides")).isEqualTo(created);
        assertThat(image.topic(created.id())).isEqualTo(created);
        assertThat(created.overrides()).isEqualTo(Map.of("retention.ms", "1000"));
    }

    @Test
    void aNameIsTakenOnce() {
        create(topic("rides", 1, 1));

        assertRefused(
                plans().create(topic("rides", 1, 1)), Errors.TOPIC_ALREADY_EXISTS, "Topic 'rides' already exists.");
    }

    @Test
    void namesThatDifferByDotAndUnderscoreCollide() {
        create(topic("taxi_rides.done", 1, 1));

        assertRefused(
                plans().create(topic("taxi.rides_done", 1, 1)),
                Errors.INVALID_TOPIC_EXCEPTION,
                "Topic 'taxi.rides_done' collides with existing topic: taxi_rides.done");
    }

    @Test
    void aDeletedTopicsNameIsFreeAgain() {
        Topic first = create(topic("taxi_rides", 1, 1));
        MetadataImage.Change change = image.change();
        change.apply(new org.apache.kafka.common.metadata.RemoveTopicRecord().setTopicId(first.id()));
        image.publish(change, 1);

        assertThat(create(topic("taxi.rides", 1, 1)).id()).isNotEqualTo(first.id());
    }

    @Test
    void countsThatCannotBeAreRefusedInKafkasWords() {
        assertRefused(
                plans().create(topic("t", 1, 2)),
                Errors.INVALID_REPLICATION_FACTOR,
                "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached"
                        + " because only 1 broker(s) are registered.");
        assertRefused(
                plans().create(topic("t", 1, 0)),
                Errors.INVALID_REPLICATION_FACTOR,
                "Replication factor must be larger than 0, or -1 to use the default value.");
        assertRefused(
                plans().create(topic("t", 0, 1)),
                Errors.INVALID_PARTITIONS,
                "Number of partitions was set to an invalid non-positive value.");
    }

    @Test
    void assignmentsMustNameThisBrokerOnceForEachPartition() {
        assertThat(create(new NewTopic("ok", -1, -1, Map.of(0, List.of(1), 1, List.of(1)), Map.of()))
                        .partitionCount())
                .isEqualTo(2);
        assertRefused(
                plans().create(new NewTopic("t", -1, -1, Map.of(0, List.of(2)), Map.of())),
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "The manual partition assignment includes broker 2, but no such broker is registered.");
        assertRefused(
                plans().create(new NewTopic("t", -1, -1, Map.of(1, List.of(1)), Map.of())),
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "partitions should be a consecutive 0-based integer sequence");
    }

    @Test
    void settingsAreCheckedBeforeATopicIsMade() {
        assertRefused(
                plans().create(new NewTopic("t", 1, 1, Map.of(), Map.of("retention", "1"))),
                Errors.INVALID_CONFIG,
                "Unknown topic config name: retention");
        var withoutValue = new HashMap<String, String>();
        withoutValue.put("retention.ms", null);
        assertRefused(
                plans().create(new NewTopic("t", 1, 1, Map.of(), withoutValue)),
                Errors.INVALID_CONFIG,
                "Null value not supported for topic configs: retention.ms");
    }

    @Test
    void partitionsCanOnlyBecomeMore() {
        create(topic("rides", 2, 1));

        assertRefused(
                plans().addPartitions("rides", 2, null),
                Errors.INVALID_PARTITIONS,
                "Topic already has 2 partition(s).");
        assertRefused(
                plans().addPartitions("rides", 1, null),
                Errors.INVALID_PARTITIONS,
                "The topic rides currently has 2 partition(s); 1 would not be an increase.");
        assertThat(((TopicPlans.Accepted) plans().addPartitions("rides", 5, null)).records())
                .hasSize(3);
    }
}
