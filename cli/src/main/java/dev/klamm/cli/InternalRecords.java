package dev.klamm.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.KRaftVersionRecordJsonConverter;
import org.apache.kafka.common.message.LeaderChangeMessageJsonConverter;
import org.apache.kafka.common.message.SnapshotFooterRecordJsonConverter;
import org.apache.kafka.common.message.SnapshotHeaderRecordJsonConverter;
import org.apache.kafka.common.message.VotersRecordJsonConverter;
import org.apache.kafka.common.metadata.MetadataJsonConverters;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.ControlRecordUtils;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordJsonConverters;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogKey;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogKeyJsonConverter;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValueJsonConverter;
import org.jspecify.annotations.Nullable;

/**
 * What the broker wrote for itself, as JSON: control records, and the records of {@code __consumer_offsets},
 * {@code __transaction_state} and {@code __cluster_metadata}, by Kafka's own schemas.
 */
final class InternalRecords {
    private static final short TRANSACTION_LOG = 0;

    private InternalRecords() {}

    /**
     * A record's type, and its contents.
     *
     * @param type such as {@code COMMIT}, {@code OFFSET_COMMIT}, {@code TOPIC_RECORD}
     * @param key JSON; null if the type says it all
     * @param value JSON; null for a tombstone
     */
    record Decoded(
            String type, @Nullable String key, @Nullable String value) {}

    /** Null if records of this topic are their producers' own, or if this one is not as its schema says. */
    static @Nullable Decoded decode(String topic, Record record, boolean isControl) {
        try {
            if (isControl) {
                return control(record);
            }
            return switch (topic) {
                case "__consumer_offsets" -> group(record);
                case "__transaction_state" -> transaction(record);
                case "__cluster_metadata" -> metadata(record.value());
                default -> null;
            };
        } catch (RuntimeException e) {
            // The generated readers say in many ways that bytes are not theirs; they are shown as bytes then.
            return null;
        }
    }

    private static Decoded control(Record record) {
        ControlRecordType type = ControlRecordType.parse(record.key());
        JsonNode value = switch (type) {
            case LEADER_CHANGE ->
                LeaderChangeMessageJsonConverter.write(
                        ControlRecordUtils.deserializeLeaderChangeMessage(record), (short) 0);
            case SNAPSHOT_HEADER ->
                SnapshotHeaderRecordJsonConverter.write(
                        ControlRecordUtils.deserializeSnapshotHeaderRecord(record), (short) 0);
            case SNAPSHOT_FOOTER ->
                SnapshotFooterRecordJsonConverter.write(
                        ControlRecordUtils.deserializeSnapshotFooterRecord(record), (short) 0);
            case KRAFT_VERSION ->
                KRaftVersionRecordJsonConverter.write(
                        ControlRecordUtils.deserializeKRaftVersionRecord(record), (short) 0);
            case KRAFT_VOTERS ->
                VotersRecordJsonConverter.write(ControlRecordUtils.deserializeVotersRecord(record), (short) 0);
            case COMMIT, ABORT, UNKNOWN -> null;
        };
        if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT) {
            int epoch = EndTransactionMarker.deserialize(record).coordinatorEpoch();
            return new Decoded(type.name(), null, "{\"coordinatorEpoch\":" + epoch + "}");
        }
        return new Decoded(type.name(), null, value == null ? null : value.toString());
    }

    /** A key is its type and then its message; a value the version and then its message. */
    private static @Nullable Decoded group(Record record) {
        ByteBuffer key = record.key();
        if (key == null) {
            return null;
        }
        CoordinatorRecordType type = CoordinatorRecordType.fromId(key.getShort());
        ApiMessage keyMessage = type.newRecordKey();
        keyMessage.read(new ByteBufferAccessor(key), (short) 0);
        String keyJson =
                CoordinatorRecordJsonConverters.writeRecordKeyAsJson(keyMessage).toString();
        ByteBuffer value = record.value();
        if (value == null) {
            return new Decoded(type.name(), keyJson, null);
        }
        short version = value.getShort();
        ApiMessage valueMessage = type.newRecordValue();
        valueMessage.read(new ByteBufferAccessor(value), version);
        String valueJson = CoordinatorRecordJsonConverters.writeRecordValueAsJson(valueMessage, version)
                .toString();
        return new Decoded(type.name(), keyJson, valueJson);
    }

    /** All of them are of one type. */
    private static @Nullable Decoded transaction(Record record) {
        ByteBuffer key = record.key();
        if (key == null || key.getShort() != TRANSACTION_LOG) {
            return null;
        }
        var keyMessage = new TransactionLogKey(new ByteBufferAccessor(key), (short) 0);
        String keyJson =
                TransactionLogKeyJsonConverter.write(keyMessage, (short) 0).toString();
        ByteBuffer value = record.value();
        if (value == null) {
            return new Decoded("TRANSACTION_LOG", keyJson, null);
        }
        short version = value.getShort();
        var valueMessage = new TransactionLogValue(new ByteBufferAccessor(value), version);
        String valueJson =
                TransactionLogValueJsonConverter.write(valueMessage, version).toString();
        return new Decoded("TRANSACTION_LOG", keyJson, valueJson);
    }

    private static @Nullable Decoded metadata(@Nullable ByteBuffer value) {
        MetadataMessage read = value == null ? null : MetadataMessage.read(value);
        if (read == null) {
            return null;
        }
        String json =
                MetadataJsonConverters.writeJson(read.message(), read.version()).toString();
        String type = MetadataRecordType.fromId(read.message().apiKey()).name();
        return new Decoded(type, null, json);
    }
}
