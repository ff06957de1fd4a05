package org.apache.kafka.coordinator.group;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorExecutor;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorTimer;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetricsShard;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.timeline.SnapshotRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's own state machine of groups, with a log in memory and a clock that is told to go on. It stands in Kafka's package,
 * since that is who may make one.
 */
public final class KafkaGroups {

    /** What a heartbeat came to: a response with an error, or one with what is recorded. */
    public record Outcome(ConsumerGroupHeartbeatResponseData response, List<CoordinatorRecord> records) {}

    private static final InetAddress CLIENT = address();

    private final GroupMetadataManager manager;
    private final Clock clock;
    private final Timers timers = new Timers();

    /** @param settings of the broker, by name */
    public KafkaGroups(Map<String, Object> settings, CoordinatorMetadataImage image, long nowMs) {
        clock = new Clock(nowMs);
        var registry = new SnapshotRegistry(new LogContext());
        GroupCoordinatorConfig config = GroupCoordinatorConfig.fromProps(settings);
        ShareGroupConfig shareConfig = ShareGroupConfig.fromProps(Map.of());
        manager = new GroupMetadataManager.Builder()
                .withSnapshotRegistry(registry)
                .withTime(clock)
                .withTimer(timers)
                .withExecutor(new NoExecutor())
                .withConfig(config)
                .withGroupConfigManager(new GroupConfigManager(Map.of(), config, shareConfig))
                .withMetadataImage(image)
                .withGroupCoordinatorMetricsShard(
                        new GroupCoordinatorMetricsShard(registry, Map.of(), new TopicPartition("offsets", 0)))
                .build();
    }

    public Outcome heartbeat(ConsumerGroupHeartbeatRequestData request, short version, String clientId) {
        try {
            var result = manager.consumerGroupHeartbeat(context(version, clientId), request);
            replay(result);
            return new Outcome(result.response(), result.records());
        } catch (ApiException refused) {
            var response = new ConsumerGroupHeartbeatResponseData()
                    .setErrorCode(Errors.forException(refused).code())
                    .setErrorMessage(refused.getMessage());
            return new Outcome(response, List.of());
        }
    }

    /** What a request of the classic protocol came to; records of a group that became a classic one are not replayed. */
    public record ClassicOutcome<R>(@Nullable R response, Errors error, List<CoordinatorRecord> records) {}

    public ClassicOutcome<JoinGroupResponseData> join(JoinGroupRequestData request, short version, String clientId) {
        var future = new CompletableFuture<JoinGroupResponseData>();
        return outcome(() -> {
            var result = manager.classicGroupJoin(context(version, clientId), request, future);
            return done(result, future);
        });
    }

    public ClassicOutcome<SyncGroupResponseData> sync(SyncGroupRequestData request, short version, String clientId) {
        var future = new CompletableFuture<SyncGroupResponseData>();
        return outcome(() -> {
            var result = manager.classicGroupSync(context(version, clientId), request, future);
            return done(result, future);
        });
    }

    public ClassicOutcome<HeartbeatResponseData> classicHeartbeat(HeartbeatRequestData request) {
        return outcome(() -> {
            var result = manager.classicGroupHeartbeat(context((short) 4, "x"), request);
            replay(result);
            return new ClassicOutcome<>(result.response(), Errors.NONE, result.records());
        });
    }

    public ClassicOutcome<LeaveGroupResponseData> leave(LeaveGroupRequestData request) {
        return outcome(() -> {
            var result = manager.classicGroupLeave(context((short) 5, "x"), request);
            replay(result);
            return new ClassicOutcome<>(result.response(), Errors.NONE, result.records());
        });
    }

    private <R> ClassicOutcome<R> done(CoordinatorResult<Void, CoordinatorRecord> result, CompletableFuture<R> future) {
        replay(result);
        if (result.appendFuture() != null) {
            result.appendFuture().complete(null);
        }
        return new ClassicOutcome<>(future.join(), Errors.NONE, result.records());
    }

    private void replay(CoordinatorResult<?, CoordinatorRecord> result) {
        if (result.replayRecords()) {
            result.records().forEach(this::replay);
        }
    }

    private static <R> ClassicOutcome<R> outcome(Supplier<ClassicOutcome<R>> request) {
        try {
            return request.get();
        } catch (ApiException refused) {
            return new ClassicOutcome<>(null, Errors.forException(refused), List.of());
        }
    }

    /** Lets time pass; returns what is recorded because of that. */
    public List<CoordinatorRecord> advance(long ms) {
        clock.nowMs += ms;
        var records = new ArrayList<CoordinatorRecord>();
        for (Timers.Due due = timers.next(); due != null; due = timers.next()) {
            CoordinatorResult<Void, CoordinatorRecord> result = due.operation().generateRecords();
            replay(result);
            records.addAll(result.records());
        }
        return records;
    }

    public void update(CoordinatorMetadataDelta delta, CoordinatorMetadataImage image) {
        manager.onMetadataUpdate(delta, image);
    }

    /** After {@link #replay} of all that is in the log. */
    public void loaded() {
        manager.onLoaded();
    }

    public void replay(CoordinatorRecord record) {
        var value = record.value() == null ? null : record.value().message();
        switch (record.key()) {
            case ConsumerGroupMetadataKey key -> manager.replay(key, (ConsumerGroupMetadataValue) value);
            case ConsumerGroupMemberMetadataKey key -> manager.replay(key, (ConsumerGroupMemberMetadataValue) value);
            case ConsumerGroupTargetAssignmentMetadataKey key ->
                manager.replay(key, (ConsumerGroupTargetAssignmentMetadataValue) value);
            case ConsumerGroupTargetAssignmentMemberKey key ->
                manager.replay(key, (ConsumerGroupTargetAssignmentMemberValue) value);
            case ConsumerGroupCurrentMemberAssignmentKey key ->
                manager.replay(key, (ConsumerGroupCurrentMemberAssignmentValue) value);
            case GroupMetadataKey key -> manager.replay(key, (GroupMetadataValue) value);
            case ConsumerGroupPartitionMetadataKey key ->
                manager.replay(key, (ConsumerGroupPartitionMetadataValue) value);
            default -> throw new IllegalArgumentException(record.toString());
        }
    }

    private static InetAddress address() {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static AuthorizableRequestContext context(short version, String clientId) {
        return new RequestContext(
                new RequestHeader(ApiKeys.CONSUMER_GROUP_HEARTBEAT, version, clientId, 0),
                "1",
                CLIENT,
                KafkaPrincipal.ANONYMOUS,
                ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT),
                SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY,
                false);
    }

    private final class Timers implements CoordinatorTimer<CoordinatorRecord> {
        record Due(String key, long atMs, TimeoutOperation<CoordinatorRecord> operation) {}

        private final Map<String, Due> byKey = new HashMap<>();

        /** The next one that is due, which is taken out; null if there is none. */
        @Nullable
        Due next() {
            Due next = byKey.values().stream()
                    .filter(due -> due.atMs() <= clock.nowMs)
                    .min(Comparator.comparingLong(Due::atMs)
                            .thenComparing(due -> !due.key().startsWith("session"))
                            .thenComparing(Due::key))
                    .orElse(null);
            if (next != null) {
                byKey.remove(next.key());
            }
            return next;
        }

        @Override
        public void schedule(
                String key, long delay, TimeUnit unit, boolean retry, TimeoutOperation<CoordinatorRecord> operation) {
            byKey.put(key, new Due(key, clock.nowMs + unit.toMillis(delay), operation));
        }

        @Override
        public void schedule(
                String key,
                long delay,
                TimeUnit unit,
                boolean retry,
                long retryBackoff,
                TimeoutOperation<CoordinatorRecord> operation) {
            schedule(key, delay, unit, retry, operation);
        }

        @Override
        public void scheduleIfAbsent(
                String key, long delay, TimeUnit unit, boolean retry, TimeoutOperation<CoordinatorRecord> operation) {
            if (!isScheduled(key)) {
                schedule(key, delay, unit, retry, operation);
            }
        }

        @Override
        public void cancel(String key) {
            byKey.remove(key);
        }

        @Override
        public boolean isScheduled(String key) {
            return byKey.containsKey(key);
        }
    }

    /** Regular expressions are what it is for. */
    private static final class NoExecutor implements CoordinatorExecutor<CoordinatorRecord> {
        @Override
        public <R> boolean schedule(String key, TaskRunnable<R> task, TaskOperation<CoordinatorRecord, R> operation) {
            throw new UnsupportedOperationException(key);
        }

        @Override
        public boolean isScheduled(String key) {
            return false;
        }

        @Override
        public void cancel(String key) {}
    }

    private static final class Clock implements Time {
        private long nowMs;

        Clock(long nowMs) {
            this.nowMs = nowMs;
        }

        @Override
        public long milliseconds() {
            return nowMs;
        }

        @Override
        public long nanoseconds() {
            return TimeUnit.MILLISECONDS.toNanos(nowMs);
        }

        @Override
        public void sleep(long ms) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
            throw new UnsupportedOperationException();
        }
    }
}
