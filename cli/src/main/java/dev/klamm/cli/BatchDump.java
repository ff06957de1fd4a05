package dev.klamm.cli;

import dev.klamm.log.StoredBatch;
import dev.klamm.log.StoredBatches;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Shows record batches, one line each, in the order in which they come. */
final class BatchDump implements PieceDump {
    private final Console console;
    private final DumpRange range;
    private final boolean isJson;
    private final LongTable table;
    private @Nullable Path file;
    private long damaged;

    BatchDump(Console console, DumpRange range, boolean isJson) {
        this.console = console;
        this.range = range;
        this.isJson = isJson;
        this.table = new LongTable(
                console,
                "OFFSETS",
                "RECORDS",
                "TIMESTAMP",
                "CODEC",
                "LEADER EPOCH",
                "PRODUCER",
                "SEQUENCES",
                "FLAGS",
                "POSITION",
                "SIZE",
                "CRC");
    }

    @Override
    public void add(Path from, OptionalLong lsn, StoredBatches.Piece piece) throws IOException {
        switch (piece) {
            case StoredBatch batch -> {
                if (range.admits(batch.lastOffset())) {
                    range.count();
                    add(from, lsn, batch);
                }
            }
            case StoredBatches.Unreadable gap -> {
                damaged++;
                say(from, lsn, gap);
            }
        }
    }

    private void add(Path from, OptionalLong lsn, StoredBatch batch) throws IOException {
        boolean crcIsRight = batch.crcIsRight();
        damaged += crcIsRight ? 0 : 1;
        if (isJson) {
            Json.printLine(console.out(), json(from, lsn, batch, crcIsRight));
            return;
        }
        nameFile(from, lsn);
        table.row(
                span(batch.baseOffset(), batch.lastOffset()),
                batch.count(),
                batch.maxTimestampMs() < 0 ? "-" : Instant.ofEpochMilli(batch.maxTimestampMs()),
                batch.compression(),
                batch.leaderEpoch(),
                batch.producerId() < 0 ? "-" : batch.producerId() + "/" + batch.producerEpoch(),
                batch.baseSequence() < 0 ? "-" : span(batch.baseSequence(), batch.lastSequence()),
                flags(batch),
                batch.position(),
                batch.sizeBytes(),
                crcIsRight ? "ok" : "WRONG");
    }

    private void say(Path from, OptionalLong lsn, StoredBatches.Unreadable gap) {
        if (isJson) {
            Json.printLine(console.out(), json(from, gap));
        } else {
            nameFile(from, lsn);
            table.line(sentence(gap));
        }
    }

    private void nameFile(Path from, OptionalLong lsn) {
        if (!from.equals(file)) {
            file = from;
            table.line(title(from, lsn));
        }
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

    static String title(Path file, OptionalLong lsn) {
        return file + (lsn.isPresent() ? " (not in a segment yet)" : "");
    }

    static String sentence(StoredBatches.Unreadable gap) {
        return "%d bytes at %d can't be read: %s".formatted(gap.sizeBytes(), gap.position(), gap.what());
    }

    static String span(long first, long last) {
        return first == last ? String.valueOf(first) : first + "-" + last;
    }

    static String flags(StoredBatch batch) {
        List<String> flags = new ArrayList<>();
        if (batch.isTransactional()) {
            flags.add("transactional");
        }
        if (batch.isControl()) {
            flags.add("control");
        }
        if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
            flags.add("append-time");
        }
        batch.deleteHorizonMs().ifPresent(it -> flags.add("horizon=" + Instant.ofEpochMilli(it)));
        return flags.isEmpty() ? "-" : String.join(",", flags);
    }

    private static Object json(Path file, OptionalLong lsn, StoredBatch batch, boolean crcIsRight) {
        OptionalLong horizon = batch.deleteHorizonMs();
        return Json.object(
                "file", file,
                "position", batch.position(),
                "sizeBytes", batch.sizeBytes(),
                "lsn", lsn.isPresent() ? lsn.getAsLong() : null,
                "baseOffset", batch.baseOffset(),
                "lastOffset", batch.lastOffset(),
                "count", batch.count(),
                "compression", batch.compression(),
                "leaderEpoch", batch.leaderEpoch(),
                "producerId", batch.producerId(),
                "producerEpoch", batch.producerEpoch(),
                "baseSequence", batch.baseSequence(),
                "lastSequence", batch.lastSequence(),
                "timestampType", batch.timestampType().name,
                "maxTimestampMs", batch.maxTimestampMs(),
                "isTransactional", batch.isTransactional(),
                "isControl", batch.isControl(),
                "deleteHorizonMs", horizon.isPresent() ? horizon.getAsLong() : null,
                "crc", batch.crc(),
                "crcIsRight", crcIsRight);
    }

    static Object json(Path file, StoredBatches.Unreadable gap) {
        return Json.object(
                "file", file, "position", gap.position(), "sizeBytes", gap.sizeBytes(), "unreadable", gap.what());
    }
}
