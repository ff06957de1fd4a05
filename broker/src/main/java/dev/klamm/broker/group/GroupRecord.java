package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.CoordinatorRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.jspecify.annotations.Nullable;

/**
 * A record of {@code __consumer_offsets}, in Kafka's schemas:
 *
 * <pre>
 *   key     type (int16: 1 committed offset, 2 group, others of KIP-848: {@link ConsumerRecords}), then the key's message in
 *           version 0
 *   value   version (int16), then the value's message in that version; null is a tombstone
 * </pre>
 */
record GroupRecord(ApiMessage key, @Nullable ApiMessage value, short valueVersion) implements CoordinatorRecord {

    private static final short GROUP_VERSION = 3;
    private static final short OFFSET_VERSION = 4;
    // The last version that can hold an expiry of its own (OffsetCommit before version 5).
    private static final short EXPIRING_OFFSET_VERSION = 1;
    private static final short KEY_VERSION = 0;
    private static final Set<Short> TYPES = Stream.of(
                    CoordinatorRecordType.OFFSET_COMMIT,
                    CoordinatorRecordType.GROUP_METADATA,
                    CoordinatorRecordType.CONSUMER_GROUP_METADATA,
                    CoordinatorRecordType.CONSUMER_GROUP_PARTITION_METADATA,
                    CoordinatorRecordType.CONSUMER_GROUP_MEMBER_METADATA,
                    CoordinatorRecordType.CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA,
                    CoordinatorRecordType.CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER,
                    CoordinatorRecordType.CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT,
                    CoordinatorRecordType.CONSUMER_GROUP_REGULAR_EXPRESSION)
            .map(CoordinatorRecordType::id)
            .collect(Collectors.toUnmodifiableSet());

    static GroupRecord of(String groupId, Empty empty) {
        var value = new GroupMetadataValue()
                .setProtocolType(empty.protocolType() == null ? "" : empty.protocolType())
                .setGeneration(empty.generation())
                .setProtocol(null)
                .setLeader(null)
                .setCurrentStateTimestamp(empty.sinceMs())
                .setMembers(List.of());
        return new GroupRecord(new GroupMetadataKey().setGroup(groupId), value, GROUP_VERSION);
    }

    static GroupRecord of(
            String groupId, int generation, String protocolType, String protocolName, Roster roster, long sinceMs) {
        var value = new GroupMetadataValue()
                .setProtocolType(protocolType)
                .setGeneration(generation)
                .setProtocol(protocolName)
                .setLeader(roster.leader())
                .setCurrentStateTimestamp(sinceMs)
                .setMembers(roster.all().stream()
                        .map(member -> metadata(member, protocolName))
                        .toList());
        return new GroupRecord(new GroupMetadataKey().setGroup(groupId), value, GROUP_VERSION);
    }

    private static MemberMetadata metadata(Member member, String protocolName) {
        return new MemberMetadata()
                .setMemberId(member.id())
                .setGroupInstanceId(member.instanceId())
                .setClientId(member.clientId())
                .setClientHost(member.clientHost())
                .setRebalanceTimeout(member.rebalanceTimeoutMs())
                .setSessionTimeout(member.sessionTimeoutMs())
                .setSubscription(member.metadata(protocolName).get())
                .setAssignment(member.assignment().get());
    }

    static GroupRecord tombstone(String groupId) {
        return new GroupRecord(new GroupMetadataKey().setGroup(groupId), null, GROUP_VERSION);
    }

    static GroupRecord of(String groupId, String topic, int partition, CommittedOffset offset) {
        short version = offset.expires() ? EXPIRING_OFFSET_VERSION : OFFSET_VERSION;
        return new GroupRecord(key(groupId, topic, partition), offset.toValue(), version);
    }

    static GroupRecord tombstone(String groupId, String topic, int partition) {
        return new GroupRecord(key(groupId, topic, partition), null, OFFSET_VERSION);
    }

    private static OffsetCommitKey key(String groupId, String topic, int partition) {
        return new OffsetCommitKey().setGroup(groupId).setTopic(topic).setPartition(partition);
    }

    @Override
    public byte[] keyBytes() {
        return MessageUtil.toCoordinatorTypePrefixedBytes(key);
    }

    @Override
    public byte @Nullable [] valueBytes() {
        return value == null ? null : MessageUtil.toVersionPrefixedBytes(valueVersion, value);
    }

    /**
     * Reads what {@link #keyBytes} and {@link #valueBytes} wrote.
     *
     * @return empty for a type that has nothing to do with these groups, such as those of share groups
     * @throws RuntimeException if the bytes are not what their type and version say
     */
    static Optional<GroupRecord> read(ByteBuffer key, @Nullable ByteBuffer value) {
        short type = key.getShort();
        if (!TYPES.contains(type)) {
            return Optional.empty();
        }
        CoordinatorRecordType recordType = CoordinatorRecordType.fromId(type);
        ApiMessage keyMessage = recordType.newRecordKey();
        keyMessage.read(new ByteBufferAccessor(key), KEY_VERSION);
        if (value == null) {
            return Optional.of(new GroupRecord(keyMessage, null, (short) 0));
        }
        short version = value.getShort();
        ApiMessage valueMessage = recordType.newRecordValue();
        valueMessage.read(new ByteBufferAccessor(value), version);
        return Optional.of(new GroupRecord(keyMessage, valueMessage, version));
    }
}
