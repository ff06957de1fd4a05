package dev.klamm.broker.api;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;

/**
 * The fetch sessions of all clients, up to {@code max.incremental.fetch.session.cache.slots} (KIP-227). When there is no room
 * for another, one that was not used for two minutes makes room; if there is none, the client goes on without a session.
 */
final class FetchSessions {
    private static final long EVICTABLE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

    private final int slots;

    /** Guards {@code sessions} and what is in them, but for the partitions of a session that a request is using. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Integer, FetchSession> sessions = new HashMap<>();

    FetchSessions(int slots) {
        this.slots = slots;
    }

    /** What a request's session id and epoch lead to. */
    sealed interface Opened {}

    /** @param isIncremental whether the answer leaves out what is no news */
    record Open(FetchSession session, boolean isIncremental) implements Opened {}

    record Refused(Errors error) implements Opened {}

    Opened open(FetchRequestData request, short version) {
        boolean usesTopicIds = version >= FIRST_VERSION_WITH_TOPIC_IDS;
        FetchMetadata metadata = new FetchMetadata(request.sessionId(), request.sessionEpoch());
        lock.lock();
        try {
            return metadata.isFull()
                    ? openFull(request, metadata, usesTopicIds)
                    : goOn(request, metadata, usesTopicIds);
        } finally {
            lock.unlock();
        }
    }

    private Open openFull(FetchRequestData request, FetchMetadata metadata, boolean usesTopicIds) {
        sessions.remove(metadata.sessionId());
        boolean isLast = metadata.epoch() == FetchMetadata.FINAL_EPOCH;
        int id = isLast || request.topics().isEmpty() ? FetchMetadata.INVALID_SESSION_ID : newId();
        FetchSession session = new FetchSession(id, usesTopicIds);
        session.update(request.topics(), request.forgottenTopicsData());
        session.touch(System.nanoTime());
        if (id != FetchMetadata.INVALID_SESSION_ID) {
            sessions.put(id, session);
        }
        return new Open(session, false);
    }

    private int newId() {
        if (sessions.size() >= slots && !evictOne()) {
            return FetchMetadata.INVALID_SESSION_ID;
        }
        int id = 0;
        while (id == 0 || sessions.containsKey(id)) {
            id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
        }
        return id;
    }

    private boolean evictOne() {
        Optional<FetchSession> idlest =
                sessions.values().stream().min(Comparator.comparingLong(FetchSession::lastUsedNanos));
        if (idlest.isEmpty() || System.nanoTime() - idlest.get().lastUsedNanos() < EVICTABLE_NANOS) {
            return false;
        }
        sessions.remove(idlest.get().id());
        return true;
    }

    private Opened goOn(FetchRequestData request, FetchMetadata metadata, boolean usesTopicIds) {
        FetchSession session = sessions.get(metadata.sessionId());
        if (session == null) {
            return new Refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        if (session.epoch() != metadata.epoch()) {
            return new Refused(Errors.INVALID_FETCH_SESSION_EPOCH);
        }
        if (session.usesTopicIds() != usesTopicIds) {
            return new Refused(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
        }
        session.update(request.topics(), request.forgottenTopicsData());
        session.advanceEpoch();
        session.touch(System.nanoTime());
        if (session.isEmpty()) {
            sessions.remove(session.id());
            return new Open(new FetchSession(FetchMetadata.INVALID_SESSION_ID, usesTopicIds), true);
        }
        return new Open(session, true);
    }
}
