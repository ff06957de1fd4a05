package dev.klamm.conformance;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;

/** The verb {@code admin} of kafka-clients: makes, changes and deletes a topic, deletes a group, prints what it sees. */
record JavaAdminTour(String bootstrapServers, String topic, String group) {
    void run() throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            topicTour(admin);
            groupTour(admin);
            admin.deleteTopics(List.of(topic)).all().get();
            print("listed", admin.listTopics().names().get().contains(topic));
        }
    }

    private void topicTour(Admin admin) throws ExecutionException, InterruptedException {
        var retention = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        var longer = new AlterConfigOp(new ConfigEntry("retention.ms", "222000"), OpType.SET);
        NewTopic newTopic = new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "111000"));
        admin.createTopics(List.of(newTopic)).all().get();
        print("listed", admin.listTopics().names().get().contains(topic));
        print("partitions", partitions(admin));
        print("retention", "\"" + retention(admin, retention) + "\"");
        admin.incrementalAlterConfigs(Map.of(retention, List.of(longer))).all().get();
        print("retention", "\"" + retention(admin, retention) + "\"");
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
        print("partitions", partitions(admin));
    }

    private void groupTour(Admin admin) throws ExecutionException, InterruptedException {
        print("groupListed", isGroupListed(admin));
        var described =
                admin.describeConsumerGroups(List.of(group)).describedGroups().get(group);
        print("groupState", "\"" + requireNonNull(described).get().groupState() + "\"");
        var committed = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
        print(
                "committed",
                committed.values().stream().map(offset -> offset.offset()).toList());
        admin.deleteConsumerGroups(List.of(group)).all().get();
        print("groupListed", isGroupListed(admin));
    }

    private int partitions(Admin admin) throws ExecutionException, InterruptedException {
        var description =
                admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        return requireNonNull(description).partitions().size();
    }

    private static String retention(Admin admin, ConfigResource resource)
            throws ExecutionException, InterruptedException {
        var config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        return requireNonNull(config).get("retention.ms").value();
    }

    private boolean isGroupListed(Admin admin) throws ExecutionException, InterruptedException {
        return admin.listGroups().all().get().stream()
                .map(GroupListing::groupId)
                .anyMatch(group::equals);
    }

    private static void print(String name, Object value) {
        System.out.println("{\"" + name + "\":" + value + "}");
    }
}
