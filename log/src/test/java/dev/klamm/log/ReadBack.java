package dev.klamm.log;

import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.kafka.common.record.internal.ControlRecordType;
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

    /** What a reader of committed records has seen, and the offset behind it. */
    record Committed(List<Seen> records, long endOffset) {}

    /** The committed records from {@code offset} on, told from the aborted ones as Kafka's consumer does. */
    static Committed committed(PartitionLog log, long offset, int maxBytes) throws IOException {
        List<Seen> found = new ArrayList<>();
        long next = offset;
        while (true) {
            PartitionLog.CommittedRead read = log.readCommitted(next, maxBytes, true);
            ByteBuffer bytes = bytes(read.result());
            if (!bytes.hasRemaining()) {
                return new Committed(found, next);
            }
            long from = next;
            PriorityQueue<AbortedTransaction> toCome =
                    new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));
            toCome.addAll(read.aborted());
            Set<Long> aborted = new HashSet<>();
            for (RecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
                batch.ensureValid();
                while (!toCome.isEmpty() && toCome.element().firstOffset() <= batch.lastOffset()) {
                    aborted.add(toCome.remove().producerId());
                }
                if (batch.isControlBatch()) {
                    batch.forEach(marker -> {
                        if (ControlRecordType.parse(marker.key()) == ControlRecordType.ABORT) {
                            aborted.remove(batch.producerId());
                        }
                    });
                } else if (!batch.isTransactional() || !aborted.contains(batch.producerId())) {
                    batch.forEach(record -> {
                        if (record.offset() >= from) {
                            found.add(seen(record));
                        }
                    });
                }
                next = batch.nextOffset();
            }
            if (next != ((ReadResult.Records) read.result()).endOffset()) {
                throw new AssertionError("read up to " + next + ", not to where " + read.result() + " says");
            }
        }
    }

    /** All records but markers from {@code offset} up to the bound, in reads of {@code maxBytes}. */
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
                    if (record.offset() >= next && !batch.isControlBatch()) {
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
