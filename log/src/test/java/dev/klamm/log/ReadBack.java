package dev.klamm.log;

import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/** What a log gives to readers, taken apart by Kafka's own classes. */
final class ReadBack {
    private ReadBack() {}

    /**
     * A record as a consumer sees it.
     *
     * @param key -1 is none
     * @param size of the value, of which {@code content} is the beginning; -1 is a tombstone
     */
    record Seen(long offset, long timestampMs, int key, int size, long content) {
        byte @Nullable [] keyBytes() {
            return key < 0
                    ? null
                    : ByteBuffer.allocate(Integer.BYTES).putInt(0, key).array();
        }

        byte @Nullable [] valueBytes() {
            return size < 0
                    ? null
                    : ByteBuffer.allocate(size).putLong(0, content).array();
        }
    }

    /** All records from {@code offset} up to the bound, in reads of {@code maxBytes}. */
    static List<Seen> all(PartitionLog log, long offset, int maxBytes, ReadBound bound) throws IOException {
        List<Seen> found = new ArrayList<>();
        long next = offset;
        while (true) {
            ByteBuffer bytes = bytes(log.read(next, maxBytes, true, bound));
            if (!bytes.hasRemaining()) {
                return found;
            }
            long before = next;
            for (RecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
                batch.ensureValid();
                for (Record record : batch) {
                    if (record.offset() >= next) {
                        found.add(seen(record));
                    }
                }
                next = batch.nextOffset();
            }
            if (next == before) {
                throw new AssertionError("no whole batch at offset " + next);
            }
        }
    }

    private static Seen seen(Record record) {
        return new Seen(
                record.offset(),
                record.timestamp(),
                record.hasKey() ? record.key().getInt(0) : -1,
                record.valueSize(),
                record.hasValue() ? record.value().getLong(0) : -1);
    }

    static ByteBuffer bytes(ReadResult result) throws IOException {
        return switch (result) {
            case ReadResult.InMemory memory -> {
                ByteBuffer all = ByteBuffer.allocate(memory.sizeBytes());
                memory.buffers().forEach(buffer -> all.put(buffer.duplicate()));
                yield all.flip();
            }
            case ReadResult.InFile inFile -> {
                ByteBuffer all = ByteBuffer.allocate(inFile.sizeBytes());
                inFile.file().read(all, inFile.position());
                yield all.flip();
            }
            case ReadResult.OutOfRange range -> throw new AssertionError("out of range: " + range);
            case ReadResult.Corrupt corrupt -> throw new IOException(corrupt.message());
            case ReadResult.Failed failed -> throw new IOException(failed.message());
        };
    }
}
