package dev.klamm.cli;

import dev.klamm.log.StoredBatch;
import dev.klamm.log.StoredBatches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Shows records, one line each, between lines that say which batch they are in. */
final class RecordDump implements PieceDump {
    private static final int KEY_WIDTH = 40;
    private static final int VALUE_WIDTH = 80;

    private final Console console;
    private final DumpRange range;
    private final boolean isJson;
    private final boolean isFull;
    private final String topic;
    private final LongTable table;
    private @Nullable Path file;
    private long damaged;

    /**
     * @param isFull whether to show all of each record, however long it is; JSON always has all
     * @param topic tells which records are the broker's own
     */
    RecordDump(Console console, DumpRange range, boolean isJson, boolean isFull, String topic) {
        this.console = console;
        this.range = range;
        this.isJson = isJson;
        this.isFull = isFull;
        this.topic = topic;
        this.table = new LongTable(console, "OFFSET", "TIMESTAMP", "HEADERS", "KEY", "VALUE");
    }

    @Override
    public void add(Path from, OptionalLong lsn, StoredBatches.Piece piece) throws IOException {
        switch (piece) {
            case StoredBatch batch -> {
                if (range.admits(batch.lastOffset())) {
                    add(from, lsn, batch);
                }
            }
            case StoredBatches.Unreadable gap -> {
                damaged++;
                say(from, lsn, BatchDump.sentence(gap), BatchDump.json(from, gap));
            }
        }
    }

    private void add(Path from, OptionalLong lsn, StoredBatch batch) throws IOException {
        if (!batch.crcIsRight()) {
            damaged++;
            String what = "the CRC is wrong";
            var gap = new StoredBatches.Unreadable(batch.position(), batch.sizeBytes(), what);
            say(from, lsn, heading(batch, "CRC WRONG"), BatchDump.json(from, gap));
            return;
        }
        if (!isJson) {
            say(from, lsn, heading(batch, "crc ok"), "");
        }
        try {
            addRecords(batch);
        } catch (KafkaException e) {
            damaged++;
            String what = "the records can't be read: " + e.getMessage();
            var gap = new StoredBatches.Unreadable(batch.position(), batch.sizeBytes(), what);
            say(from, lsn, what, BatchDump.json(from, gap));
        }
    }

    private void addRecords(StoredBatch batch) throws IOException {
        ByteBuffer bytes = batch.bytes();
        for (RecordBatch read : MemoryRecords.readableRecords(bytes).batches()) {
            for (Record record : read) {
                if (range.admits(record.offset())) {
                    range.count();
                    add(record, batch);
                }
            }
        }
    }

    private void say(Path from, OptionalLong lsn, String text, Object json) {
        if (isJson) {
            Json.printLine(console.out(), json);
            return;
        }
        if (!from.equals(file)) {
            file = from;
            table.line(BatchDump.title(from, lsn));
        }
        table.line(text);
    }

    private static String heading(StoredBatch batch, String crc) {
        String flags = BatchDump.flags(batch);
        return "-- batch %s: %s, %s%s, %d bytes at %d, %s"
                .formatted(
                        BatchDump.span(batch.baseOffset(), batch.lastOffset()),
                        Amount.of(batch.count(), "record"),
                        batch.compression().equals("none") ? "not compressed" : batch.compression(),
                        flags.equals("-") ? "" : ", " + flags,
                        batch.sizeBytes(),
                        batch.position(),
                        crc);
    }

    private void add(Record record, StoredBatch batch) {
        InternalRecords.Decoded decoded =
                isInternal(batch) ? InternalRecords.decode(topic, record, batch.isControl()) : null;
        if (isJson) {
            Json.printLine(console.out(), json(record, decoded));
            return;
        }
        String key = decoded == null ? BytesText.of(record.key(), width(KEY_WIDTH)) : key(decoded);
        String value = decoded == null ? BytesText.of(record.value(), width(VALUE_WIDTH)) : value(decoded);
        Object time = record.timestamp() < 0 ? "-" : Instant.ofEpochMilli(record.timestamp());
        table.row(record.offset(), time, headers(record), key, value);
    }

    private boolean isInternal(StoredBatch batch) {
        return batch.isControl() || topic.startsWith("__");
    }

    private String key(InternalRecords.Decoded decoded) {
        return decoded.type() + (decoded.key() == null ? "" : " " + BytesText.cut(decoded.key(), width(VALUE_WIDTH)));
    }

    private String value(InternalRecords.Decoded decoded) {
        return decoded.value() == null ? "-" : BytesText.cut(decoded.value(), width(VALUE_WIDTH));
    }

    private int width(int usual) {
        return isFull ? Integer.MAX_VALUE - 1 : usual;
    }

    private String headers(Record record) {
        if (record.headers().length == 0) {
            return "-";
        }
        return Arrays.stream(record.headers())
                .map(it -> it.key() + "=" + BytesText.of(bytes(it), width(KEY_WIDTH)))
                .collect(Collectors.joining(","));
    }

    private static @Nullable ByteBuffer bytes(Header header) {
        return header.value() == null ? null : ByteBuffer.wrap(header.value());
    }

    private static Object json(Record record, InternalRecords.@Nullable Decoded decoded) {
        Map<String, @Nullable Object> json = Json.object(
                "offset", record.offset(),
                "timestamp", record.timestamp() < 0 ? null : Instant.ofEpochMilli(record.timestamp()),
                "sequence", record.sequence());
        if (decoded == null) {
            json.put("key", RecordPrinter.json(Utils.toNullableArray(record.key())));
            json.put("value", RecordPrinter.json(Utils.toNullableArray(record.value())));
        } else {
            json.put("type", decoded.type());
            json.put("key", decoded.key() == null ? null : new Json.Raw(decoded.key()));
            json.put("value", decoded.value() == null ? null : new Json.Raw(decoded.value()));
        }
        json.put("headers", RecordPrinter.json(List.of(record.headers())));
        return json;
    }

    @Override
    public boolean isOver() {
        return range.isOver() || console.outIsClosed();
    }

    @Override
    public long end() {
        if (!isJson) {
            table.end();
        }
        return damaged;
    }
}
