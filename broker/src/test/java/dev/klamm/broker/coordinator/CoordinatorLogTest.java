package dev.klamm.broker.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.AppendResult;
import dev.klamm.log.LogConfig;
import dev.klamm.log.LogId;
import dev.klamm.log.Logs;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.Storage;
import dev.klamm.log.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is appended is handed out again, in order, with whose transaction it is part of. */
class CoordinatorLogTest {
    private static final TransactionalProducer PRODUCER = new TransactionalProducer(7, (short) 3);

    @TempDir
    Path directory;

    private Logs logs;
    private PartitionLog partitionLog;
    private CoordinatorLog log;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(directory, Storage.ofThisMachine(), Logs.Limits.DEFAULT);
        var id = new LogId(new Uuid(1, 2), "__consumer_offsets", 0);
        partitionLog = logs.register(id, LogConfig.DEFAULT, 0);
        log = new CoordinatorLog(partitionLog);
    }

    @AfterEach
    void close() throws IOException {
        logs.close();
    }

    private record Pair(String key, @Nullable String value) implements CoordinatorRecord {
        @Override
        public byte[] keyBytes() {
            return key.getBytes(UTF_8);
        }

        @Override
        public byte @Nullable [] valueBytes() {
            return value == null ? null : value.getBytes(UTF_8);
        }
    }

    @Test
    void recordsOfTransactionsComeWithTheirProducerAndTheirEnd() throws Exception {
        log.append(List.of(new Pair("a", "1")), 1000, null, null);
        Verification ticket = partitionLog
                .beginVerification(PRODUCER.producerId(), PRODUCER.producerEpoch(), -1, true)
                .orElseThrow();
        log.append(List.of(new Pair("a", "2"), new Pair("b", null)), 1000, PRODUCER, ticket);
        AppendResult second = log.append(List.of(new Pair("c", "3")), 1000, PRODUCER, null);
        endTransaction(ControlRecordType.COMMIT);

        assertThat(second).isInstanceOf(AppendResult.Appended.class);
        assertThat(all())
                .containsExactly(
                        "a=1 of null",
                        "a=2 of " + PRODUCER,
                        "b=null of " + PRODUCER,
                        "c=3 of " + PRODUCER,
                        "Marker[producer=" + PRODUCER + ", coordinatorEpoch=5, isCommit=true]");
    }

    private void endTransaction(ControlRecordType type) {
        ByteBuffer marker = MemoryRecords.withEndTransactionMarker(
                        0, 1000, 0, PRODUCER.producerId(), PRODUCER.producerEpoch(), new EndTransactionMarker(type, 5))
                .buffer();
        assertThat(partitionLog.append(marker, Origin.COORDINATOR)).isInstanceOf(AppendResult.Appended.class);
    }

    private List<String> all() throws CoordinatorLog.UnreadableException {
        var entries = new ArrayList<String>();
        log.readAll(entry -> entries.add(
                switch (entry) {
                    case LogEntry.Written w -> text(w.key()) + "=" + text(w.value()) + " of " + w.transaction();
                    case LogEntry.Marker marker -> marker.toString();
                }));
        return entries;
    }

    private static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null ? null : UTF_8.decode(bytes.duplicate()).toString();
    }
}
