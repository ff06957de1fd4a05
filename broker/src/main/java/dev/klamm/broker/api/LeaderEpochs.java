package dev.klamm.broker.api;

import dev.klamm.log.PartitionLog;
import java.util.Optional;
import org.apache.kafka.common.protocol.Errors;

/** What requests say and ask about leader epochs (KIP-101, KIP-320). */
final class LeaderEpochs {
    private static final int UNKNOWN = -1;

    private LeaderEpochs() {}

    /** NONE if the client's idea of the leader epoch is right, or if it has none ({@code -1}). */
    static Errors check(PartitionLog log, int clientsLeaderEpoch) {
        int leaderEpoch = log.leaderEpoch();
        if (clientsLeaderEpoch == UNKNOWN || clientsLeaderEpoch == leaderEpoch) {
            return Errors.NONE;
        }
        return clientsLeaderEpoch < leaderEpoch ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
    }

    /** The leader epoch of the record at this offset, or of the next one if there is none yet. */
    static int at(PartitionLog log, long offset) {
        int epoch = log.leaderEpoch();
        Optional<PartitionLog.EpochEnd> before = log.endOfEpoch(epoch - 1);
        while (before.isPresent() && before.get().endOffset() > offset) {
            epoch = before.get().leaderEpoch();
            before = log.endOfEpoch(epoch - 1);
        }
        return epoch;
    }
}
