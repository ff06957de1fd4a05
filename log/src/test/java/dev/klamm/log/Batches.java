package dev.klamm.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/** Record batches as real Kafka clients build them. Timestamps count up from {@link #T0}. */
final class Batches {
    static final long T0 = 1_577_836_800_000L;

    private Batches() {}

    static SimpleRecord record(long timestampMs, @Nullable String key, @Nullable String value) {
        Header[] headers = {new RecordHeader("h", new byte[] {1}), new RecordHeader("none", (byte[]) null)};
        return new SimpleRecord(timestampMs, bytes(key), bytes(value), headers);
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    static SimpleRecord[] records(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> record(T0 + i, "key-" + i, "a value that repeats, value " + i))
                .toArray(SimpleRecord[]::new);
    }

    static ByteBuffer batch(Compression compression, SimpleRecord... records) {
        return MemoryRecords.withRecords(compression, records).buffer();
    }

    static ByteBuffer batch(int count) {
        return batch(Compression.NONE, records(count));
    }

    static ByteBuffer idempotent(long producerId, int epoch, int baseSequence, int count) {
        return MemoryRecords.withIdempotentRecords(
                        Compression.NONE, producerId, (short) epoch, baseSequence, records(count))
                .buffer();
    }

    static ByteBuffer transactional(long producerId, int epoch, int baseSequence, int count) {
        return MemoryRecords.withTransactionalRecords(
                        Compression.NONE, producerId, (short) epoch, baseSequence, records(count))
                .buffer();
    }

    static ByteBuffer concat(ByteBuffer... parts) {
        int size = 0;
        for (ByteBuffer part : parts) {
            size += part.remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (ByteBuffer part : parts) {
            all.put(part.duplicate());
        }
        return all.flip();
    }

    static ByteBuffer copy(ByteBuffer original) {
        return concat(original);
    }
}
