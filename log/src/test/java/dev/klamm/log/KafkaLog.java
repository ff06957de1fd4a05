package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.FileLogInputStream;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.Cleaner;
import org.apache.kafka.storage.internals.log.CleanerConfig;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogCleaner;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogToClean;
import org.apache.kafka.storage.internals.log.PreCleanStats;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.SkimpyOffsetMap;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** Apache Kafka's own log over a directory, and its own cleaner: what the log of this module is compared with. */
final class KafkaLog implements AutoCloseable {
    private static final int DAY_MS = 24 * 3600 * 1000;

    /** That of KIP-98. */
    private static final short TRANSACTION_VERSION = 1;

    private final Path root;
    private final TopicPartition partition;
    private final SetTime time = new SetTime();
    private final UnifiedLog log;

    KafkaLog(Path root, LogId id, Map<String, String> config) throws IOException {
        this(root, id, config, false);
    }

    /** @param verifies whether a transaction's first batch needs a ticket (KIP-890) */
    KafkaLog(Path root, LogId id, Map<String, String> config, boolean verifies) throws IOException {
        this.root = root;
        this.partition = new TopicPartition(id.topic(), id.partition());
        this.log = UnifiedLog.create(
                root.resolve(id.directoryName()).toFile(),
                new LogConfig(config),
                0,
                0,
                // Not started: files that Kafka is to delete later stay.
                new KafkaScheduler(1),
                new BrokerTopicStats(false),
                time,
                DAY_MS,
                new ProducerStateManagerConfig(DAY_MS, verifies),
                DAY_MS,
                new LogDirFailureChannel(1),
                true,
                Optional.of(id.topicId()));
        log.updateHighWatermark(log.logEndOffset());
    }

    void append(MemoryRecords records, long nowMs) throws IOException {
        append(records, AppendOrigin.CLIENT, nowMs);
    }

    /** A transaction's marker. */
    void appendMarker(MemoryRecords records, long nowMs) throws IOException {
        append(records, AppendOrigin.COORDINATOR, nowMs);
    }

    private void append(MemoryRecords records, AppendOrigin origin, long nowMs) throws IOException {
        append(records, origin, VerificationGuard.SENTINEL, TRANSACTION_VERSION, nowMs);
    }

    LogAppendInfo append(MemoryRecords records, AppendOrigin origin, VerificationGuard guard, short version, long nowMs)
            throws IOException {
        time.nowMs = nowMs;
        LogAppendInfo info = log.appendAsLeader(records, 0, origin, RequestLocal.noCaching(), guard, version);
        log.updateHighWatermark(log.logEndOffset());
        return info;
    }

    UnifiedLog log() {
        return log;
    }

    /** One pass of Kafka's cleaner, if it finds the log due; the checkpoint is written as it does. */
    boolean clean(long nowMs, Upkeep.Compaction limits) throws Exception {
        time.nowMs = nowMs;
        ConcurrentMap<TopicPartition, UnifiedLog> logs = new ConcurrentHashMap<>(Map.of(partition, log));
        LogCleaner all = new LogCleaner(
                new CleanerConfig(true), List.of(root.toFile()), logs, new LogDirFailureChannel(1), time);
        Optional<LogToClean> due = all.cleanerManager().grabFilthiestCompactedLog(time, new PreCleanStats());
        if (due.isPresent()) {
            Cleaner cleaner = new Cleaner(
                    0,
                    new SkimpyOffsetMap((int) limits.dedupeBufferBytes()),
                    limits.ioBufferBytes() / 2,
                    1 << 20,
                    limits.dedupeBufferLoadFactor(),
                    new Throttler(Double.MAX_VALUE, 300, "cleaner-io", "bytes", time),
                    time,
                    _ -> {});
            long cleanedTo = cleaner.doClean(due.get(), nowMs).getKey();
            all.cleanerManager().doneCleaning(partition, root.toFile(), cleanedTo);
        }
        all.removeMetrics();
        return due.isPresent();
    }

    /** That Kafka takes the indexes of all segments for sound, and finds each batch by them. */
    void checkIndexes() throws IOException {
        for (LogSegment segment : log.logSegments()) {
            segment.offsetIndex().sanityCheck();
            segment.timeIndex().sanityCheck();
            segment.txnIndex().sanityCheck();
            for (FileLogInputStream.FileChannelRecordBatch batch : segment.log().batches()) {
                int position = segment.offsetIndex().lookup(batch.baseOffset()).position();
                assertThat(position).isLessThanOrEqualTo(batch.position());
                FileRecords.LogOffsetPosition found =
                        segment.log().searchForOffsetFromPosition(batch.baseOffset(), position);
                assertThat(found.position).isEqualTo(batch.position());
            }
        }
    }

    @Override
    public void close() {
        log.close();
    }

    private static final class SetTime implements Time {
        private long nowMs = Batches.T0;

        @Override
        public long milliseconds() {
            return nowMs;
        }

        @Override
        public long nanoseconds() {
            return nowMs * 1_000_000;
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
