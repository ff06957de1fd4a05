package dev.klamm.broker.group;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.MigrationPolicy;
import java.util.List;

/**
 * What the coordinator needs of the broker's settings; each has the name and the meaning of Kafka's setting.
 *
 * @param initialRebalanceDelayMs {@code group.initial.rebalance.delay.ms}. Differs from Kafka: 0 unless set, since one
 *     developer's consumer is not to wait 3 s for others
 * @param maxSize {@code group.max.size}
 * @param offsetMetadataMaxBytes {@code offset.metadata.max.bytes}, which Kafka counts in characters
 * @param offsetsRetentionMs {@code offsets.retention.minutes}
 */
record GroupConfig(
        int minSessionTimeoutMs,
        int maxSessionTimeoutMs,
        int initialRebalanceDelayMs,
        int maxSize,
        int offsetMetadataMaxBytes,
        long offsetsRetentionMs,
        long offsetsRetentionCheckIntervalMs,
        Consumers consumers) {

    /**
     * For groups of the new protocol.
     *
     * @param maxSize {@code group.consumer.max.size}
     * @param assignors {@code group.consumer.assignors}; the first is taken where members ask for none
     * @param migrationPolicy {@code group.consumer.migration.policy}
     * @param regexRefreshIntervalMs {@code group.consumer.regex.refresh.interval.ms}
     */
    record Consumers(
            int maxSize, List<Assignor> assignors, MigrationPolicy migrationPolicy, int regexRefreshIntervalMs) {

        static final Consumers DEFAULT = new Consumers(
                Integer.MAX_VALUE,
                List.of(Assignor.UNIFORM, Assignor.RANGE),
                MigrationPolicy.BIDIRECTIONAL,
                10 * 60 * 1000);

        static Consumers of(BrokerConfig.ConsumerGroups config) {
            return new Consumers(
                    config.maxSize(),
                    config.assignors().stream()
                            .map(name -> Assignor.find(name).orElseThrow())
                            .toList(),
                    config.migrationPolicy(),
                    config.regexRefreshIntervalMs());
        }
    }

    /**
     * How long a member that is new may wait for its first rebalance: it sends no heartbeats yet, and whether its client
     * is still there can't be seen while its JoinGroup is answered. Kafka has the same 5 minutes, and no setting for it.
     */
    static final int NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

    static GroupConfig of(BrokerConfig config) {
        return new GroupConfig(
                config.groups().minSessionTimeoutMs(),
                config.groups().maxSessionTimeoutMs(),
                config.groups().initialRebalanceDelayMs(),
                config.groups().maxSize(),
                config.offsets().metadataMaxBytes(),
                config.offsets().retentionMs(),
                config.offsets().retentionCheckIntervalMs(),
                Consumers.of(config.consumerGroups()));
    }

    static final GroupConfig DEFAULT = new GroupConfig(
            6_000, 1_800_000, 0, Integer.MAX_VALUE, 4096, 7L * 24 * 3600 * 1000, 600_000, Consumers.DEFAULT);
}
