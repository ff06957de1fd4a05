package dev.klamm.broker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Requests that follow the protocol's schemas and make little sense otherwise, the same for the same seed. Names repeat, so
 * that requests meet what earlier ones have made.
 */
final class RandomRequests {
    private static final List<String> NAMES = List.of(
            "a",
            "b",
            "group",
            "member",
            "range",
            "consumer",
            "",
            "..",
            "no/topic",
            "__consumer_offsets",
            "1",
            "host-\u00e9");
    private static final int MAX_BODY_BYTES = 64 * 1024;

    private final Random random;

    RandomRequests(Random random) {
        this.random = random;
    }

    /** A whole frame. */
    ByteBuffer next(ApiKeys key, short version) {
        ByteBuffer body = ByteBuffer.allocate(2 * MAX_BODY_BYTES);
        write(key.messageType.requestSchemas()[version], body);
        return WireClient.frame(key, version, random.nextInt(), body.flip());
    }

    /** The same frame with a few bytes changed, cut or added. The size field says what the frame is in the end. */
    ByteBuffer damage(ByteBuffer frame) {
        byte[] bytes = new byte[Math.max(12, frame.remaining() + (one(4) ? random.nextInt(-20, 20) : 0))];
        frame.get(0, bytes, 0, Math.min(bytes.length, frame.remaining()));
        ByteBuffer damaged = ByteBuffer.wrap(bytes).putInt(0, bytes.length - Integer.BYTES);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int position = random.nextInt(8, bytes.length);
            if (one(2) && position + Integer.BYTES <= bytes.length) {
                damaged.putInt(position, integer());
            } else {
                damaged.put(position, (byte) random.nextInt());
            }
        }
        return damaged;
    }

    private boolean one(int in) {
        return random.nextInt(in) == 0;
    }

    private void write(Schema schema, ByteBuffer to) {
        for (BoundField field : schema.fields()) {
            write(field.def.type, to);
        }
    }

    private void write(Type type, ByteBuffer to) {
        switch (type) {
            case Schema schema -> write(schema, to);
            case TaggedFields _ -> ByteUtils.writeUnsignedVarint(0, to);
            case ArrayOf array -> {
                int count = count(to);
                to.putInt(count);
                writeAll(array.arrayElementType().orElseThrow(), count, to);
            }
            case CompactArrayOf array -> {
                int count = count(to);
                ByteUtils.writeUnsignedVarint(count + 1, to);
                writeAll(array.arrayElementType().orElseThrow(), count, to);
            }
            default -> writeValue(type.toString(), to);
        }
    }

    private int count(ByteBuffer to) {
        return to.position() > MAX_BODY_BYTES / 8 ? 0 : random.nextInt(4);
    }

    private void writeAll(Type element, int count, ByteBuffer to) {
        for (int i = 0; i < count; i++) {
            write(element, to);
        }
    }

    private void writeValue(String type, ByteBuffer to) {
        switch (type) {
            case "BOOLEAN" -> to.put((byte) random.nextInt(2));
            case "INT8" -> to.put((byte) integer());
            case "INT16", "UINT16" -> to.putShort((short) integer());
            case "INT32", "UINT32" -> to.putInt(integer());
            case "INT64" -> to.putLong(one(2) ? integer() : random.nextLong());
            case "UUID" -> to.putLong(integer()).putLong(integer());
            case "FLOAT64" -> to.putDouble(random.nextDouble());
            case "STRING", "NULLABLE_STRING" -> {
                byte[] name = name();
                to.putShort((short) name.length).put(name);
            }
            case "COMPACT_STRING", "COMPACT_NULLABLE_STRING", "COMPACT_BYTES", "COMPACT_NULLABLE_BYTES" ->
                putCompact(ByteBuffer.wrap(name()), to);
            case "BYTES", "NULLABLE_BYTES" -> put(ByteBuffer.wrap(name()), to);
            case "RECORDS", "NULLABLE_RECORDS" -> put(records(), to);
            case "COMPACT_RECORDS", "COMPACT_NULLABLE_RECORDS" -> putCompact(records(), to);
            default -> throw new AssertionError("a type that this test does not know: " + type);
        }
    }

    private static void put(ByteBuffer bytes, ByteBuffer to) {
        to.putInt(bytes.remaining()).put(bytes);
    }

    private static void putCompact(ByteBuffer bytes, ByteBuffer to) {
        ByteUtils.writeUnsignedVarint(bytes.remaining() + 1, to);
        to.put(bytes);
    }

    private int integer() {
        return switch (random.nextInt(8)) {
            case 0 -> -1;
            case 1 -> Integer.MAX_VALUE;
            case 2 -> Integer.MIN_VALUE;
            case 3 -> random.nextInt();
            case 4 -> random.nextInt(20_000);
            default -> random.nextInt(3);
        };
    }

    private byte[] name() {
        return NAMES.get(random.nextInt(NAMES.size())).getBytes(StandardCharsets.UTF_8);
    }

    private ByteBuffer records() {
        Compression compression = one(2) ? Compression.NONE : Compression.gzip().build();
        var record = new SimpleRecord(System.currentTimeMillis(), name(), name());
        ByteBuffer batch = MemoryRecords.withRecords(
                        (byte) 2, 0, compression, TimestampType.CREATE_TIME, record, record)
                .buffer();
        if (one(2)) {
            batch.put(random.nextInt(batch.limit()), (byte) random.nextInt());
        }
        return batch;
    }
}
