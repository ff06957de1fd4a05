package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.CommittedRead;
import dev.klamm.log.PartitionLog.ReadBound;
import dev.klamm.log.ReadResult;
import dev.klamm.log.Waiter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetch, versions 4 to 18. A request that finds less than its min bytes is a thread that waits, up to its max wait, for any
 * of its logs to move. Left out: what only followers use (replica state, diverging epochs, read replicas), since a single
 * node has none.
 *
 * <p>Differs from Kafka: who reads uncommitted records is told the last stable offset only if the log knows it already, since it
 * may take a walk through the newest segment to find out.
 */
public final class FetchApi implements Api<FetchRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(FetchApi.class);

    private final Topics topics;
    private final int maxBytes;
    private final FetchSessions sessions;

    /**
     * Serves fetches from these topics.
     *
     * @param maxBytes {@code fetch.max.bytes}: no answer is larger, but for one batch that alone is
     * @param sessionSlots {@code max.incremental.fetch.session.cache.slots}
     */
    public FetchApi(Topics topics, int maxBytes, int sessionSlots) {
        this.topics = topics;
        this.maxBytes = maxBytes;
        this.sessions = new FetchSessions(sessionSlots);
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.FETCH;
    }

    @Override
    public Answer handle(FetchRequestData request, RequestContext context) throws InterruptedException {
        return switch (sessions.open(request, context.apiVersion())) {
            case FetchSessions.Refused(Errors error) ->
                new Answer.Now(new FetchResponseData()
                        .setErrorCode(error.code())
                        .setSessionId(FetchMetadata.INVALID_SESSION_ID));
            case FetchSessions.Open open -> {
                List<Source> sources = sources(open.session());
                List<PartitionData> found = readOrWait(sources, request);
                yield new Answer.Now(response(open, sources, found));
            }
        };
    }

    /** A partition that is asked for, and where to read it; or the error to answer. */
    private record Source(FetchSession.Wanted wanted, Optional<PartitionLog> log, Errors error) {}

    private List<Source> sources(FetchSession session) {
        List<Source> sources = new ArrayList<>();
        for (FetchSession.Wanted wanted : session.wanted()) {
            sources.add(source(wanted));
        }
        return sources;
    }

    private Source source(FetchSession.Wanted wanted) {
        FetchSession.Key key = wanted.key();
        boolean byId = !key.topicId().equals(Uuid.ZERO_UUID);
        Optional<PartitionLog> log =
                byId ? topics.log(key.topicId(), key.partition()) : topics.log(key.topic(), key.partition());
        if (log.isEmpty()) {
            boolean idIsUnknown = byId && topics.byId(key.topicId()).isEmpty();
            Errors error = idIsUnknown ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
            return new Source(wanted, log, error);
        }
        return new Source(wanted, log, epochError(wanted.request(), log.get()));
    }

    private static Errors epochError(FetchPartition request, PartitionLog log) {
        int epoch = request.currentLeaderEpoch();
        if (epoch == -1 || epoch == log.leaderEpoch()) {
            return Errors.NONE;
        }
        return epoch < log.leaderEpoch() ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
    }

    private List<PartitionData> readOrWait(List<Source> sources, FetchRequestData request) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(request.maxWaitMs());
        List<PartitionData> found = read(sources, request);
        if (sources.isEmpty() || request.maxWaitMs() <= 0 || isEnough(found, request.minBytes())) {
            return found;
        }
        Waiter waiter = new Waiter();
        sources.forEach(source -> source.log.ifPresent(log -> log.addWaiter(waiter)));
        try {
            found = read(sources, request);
            while (!isEnough(found, request.minBytes()) && waiter.await(deadline)) {
                found = read(sources, request);
            }
            return found;
        } finally {
            sources.forEach(source -> source.log.ifPresent(log -> log.removeWaiter(waiter)));
        }
    }

    private static boolean isEnough(List<PartitionData> found, int minBytes) {
        long bytes = 0;
        for (PartitionData partition : found) {
            if (partition.errorCode() != Errors.NONE.code()) {
                return true;
            }
            bytes += partition.records().sizeInBytes();
        }
        return bytes >= minBytes;
    }

    /** One answer a source, in their order, all together within the request's bytes, but for a first batch larger than that. */
    private List<PartitionData> read(List<Source> sources, FetchRequestData request) {
        ReadBound bound = request.isolationLevel() == 0 ? ReadBound.HIGH_WATERMARK : ReadBound.LAST_STABLE;
        int left = Math.min(request.maxBytes(), maxBytes);
        boolean isFirst = true;
        List<PartitionData> found = new ArrayList<>(sources.size());
        for (Source source : sources) {
            PartitionData partition = source.error == Errors.NONE
                    ? read(source.wanted, source.log.orElseThrow(), left, isFirst, bound)
                    : failed(source.wanted, source.error);
            int bytes = partition.records().sizeInBytes();
            left -= Math.min(left, bytes);
            isFirst &= bytes == 0;
            found.add(partition);
        }
        return found;
    }

    private static PartitionData read(
            FetchSession.Wanted wanted, PartitionLog log, int maxBytes, boolean atLeastOneBatch, ReadBound bound) {
        PartitionData found;
        try {
            found = readOpen(wanted, log, maxBytes, atLeastOneBatch, bound);
        } catch (UncheckedIOException failure) {
            LOG.error("{}", failure.getMessage());
            found = failed(wanted, Errors.KAFKA_STORAGE_ERROR);
        }
        return log.isDeleted() ? failed(wanted, deletedError(wanted.key())) : found;
    }

    private static Errors deletedError(FetchSession.Key key) {
        return key.topicId().equals(Uuid.ZERO_UUID) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.UNKNOWN_TOPIC_ID;
    }

    private static PartitionData readOpen(
            FetchSession.Wanted wanted, PartitionLog log, int maxBytes, boolean atLeastOneBatch, ReadBound bound) {
        FetchPartition request = wanted.request();
        // Taken before the read, so that the client never learns of a higher watermark than its records lead to.
        long highWatermark = log.highWatermark();
        long lastStableOffset = bound == ReadBound.LAST_STABLE
                ? log.lastStableOffset()
                : log.knownLastStableOffset().orElse(FetchResponse.INVALID_LAST_STABLE_OFFSET);
        int bytes = Math.min(request.partitionMaxBytes(), maxBytes);
        CommittedRead read = bound == ReadBound.LAST_STABLE
                ? log.readCommitted(request.fetchOffset(), bytes, atLeastOneBatch)
                : new CommittedRead(log.read(request.fetchOffset(), bytes, atLeastOneBatch, bound), List.of());
        return switch (read.result()) {
            case ReadResult.OutOfRange _ -> failed(wanted, Errors.OFFSET_OUT_OF_RANGE);
            case ReadResult.Corrupt _ -> failed(wanted, Errors.CORRUPT_MESSAGE);
            case ReadResult.Failed _ -> failed(wanted, Errors.KAFKA_STORAGE_ERROR);
            case ReadResult.Records records ->
                new PartitionData()
                        .setPartitionIndex(request.partition())
                        .setHighWatermark(highWatermark)
                        .setLastStableOffset(lastStableOffset)
                        .setLogStartOffset(log.logStartOffset())
                        .setAbortedTransactions(bound == ReadBound.LAST_STABLE ? abortedIn(read) : null)
                        .setRecords(new FetchedRecords(records));
        };
    }

    private static List<FetchResponseData.AbortedTransaction> abortedIn(CommittedRead read) {
        return read.aborted().stream()
                .map(transaction -> new FetchResponseData.AbortedTransaction()
                        .setProducerId(transaction.producerId())
                        .setFirstOffset(transaction.firstOffset()))
                .toList();
    }

    private static PartitionData failed(FetchSession.Wanted wanted, Errors error) {
        return new PartitionData()
                .setPartitionIndex(wanted.request().partition())
                .setErrorCode(error.code())
                .setHighWatermark(-1)
                .setRecords(MemoryRecords.EMPTY);
    }

    private static FetchResponseData response(
            FetchSessions.Open open, List<Source> sources, List<PartitionData> found) {
        FetchSession session = open.session();
        List<FetchableTopicResponse> responses = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            FetchSession.Wanted wanted = sources.get(i).wanted;
            boolean isNews = session.tell(wanted, found.get(i));
            if (isNews || !open.isIncremental()) {
                topicOf(wanted.key(), responses).partitions().add(found.get(i));
            }
        }
        return new FetchResponseData().setSessionId(session.id()).setResponses(responses);
    }

    /** The last topic of the answer if it is this one, or else a new one. */
    private static FetchableTopicResponse topicOf(FetchSession.Key key, List<FetchableTopicResponse> responses) {
        if (!responses.isEmpty()) {
            FetchableTopicResponse last = responses.getLast();
            if (last.topicId().equals(key.topicId()) && last.topic().equals(key.topic())) {
                return last;
            }
        }
        FetchableTopicResponse added =
                new FetchableTopicResponse().setTopicId(key.topicId()).setTopic(key.topic());
        responses.add(added);
        return added;
    }
}
