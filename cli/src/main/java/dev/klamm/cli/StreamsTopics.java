package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/** The topics of a run, all named after it: nobody else's rides are in its results. */
record StreamsTopics(String run, int partitions) {

    /** Rides that have ended; the key is the drop-off zone. */
    String rides() {
        return run;
    }

    /** Rides that have begun; the key is the pickup zone. */
    String pickups() {
        return run + "-location";
    }

    String counts() {
        return run + "-pulocation-count";
    }

    String pairs() {
        return run + "-vendor-info";
    }

    String windows() {
        return run + "-window-count";
    }

    List<String> results() {
        return List.of(counts(), pairs(), windows());
    }

    /** Results have the times of the rides, and would soon be too old for a topic that deletes by time. */
    void create(Admin admin) {
        Map<String, String> kept = Map.of(TopicConfig.RETENTION_MS_CONFIG, "-1");
        List<NewTopic> topics = new ArrayList<>();
        Stream.of(rides(), pickups()).forEach(name -> topics.add(topic(name)));
        results().forEach(name -> topics.add(topic(name).configs(kept)));
        await(admin.createTopics(topics).all());
    }

    private NewTopic topic(String name) {
        return new NewTopic(name, Optional.of(partitions), Optional.empty());
    }

    /** Deletes those that Kafka Streams made for itself, and its groups: nobody will go on from there. */
    void deleteInternal(Admin admin, Set<String> applications) {
        List<String> internal = await(admin.listTopics().names()).stream()
                .filter(name -> applications.stream().anyMatch(id -> name.startsWith(id + "-")))
                .toList();
        await(admin.deleteTopics(internal).all());
        await(admin.deleteConsumerGroups(applications).all());
    }
}
