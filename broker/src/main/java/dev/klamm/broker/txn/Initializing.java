package dev.klamm.broker.txn;

import java.util.Optional;
import org.apache.kafka.common.protocol.Errors;

/**
 * InitProducerId for a transactional id that is not in a transaction (KIP-98, KIP-360).
 *
 * @param expected what the producer has by now, if it goes on after an error rather than starts
 */
record Initializing(String id, int timeoutMs, Optional<Expected> expected) {

    record Expected(long producerId, short producerEpoch) {}

    /** What comes of it. */
    sealed interface Verdict {
        record To(Transaction next) implements Verdict {}

        record Refused(Errors error) implements Verdict {}

        record NeedsProducerId() implements Verdict {}
    }

    /** Whether it is the id's producer that asks, or one that may have missed how its epochs ran out. */
    boolean isByProducerOf(Transaction known) {
        return expected.isEmpty()
                || known.producerEpoch() == Transaction.NO_EPOCH
                || expected.get().producerId() == known.producerId()
                || (expected.get().producerId() == known.previousProducerId()
                        && Transaction.isLastEpoch(expected.get().producerEpoch()));
    }

    /** @param unusedId for when epochs have run out; -1 if none was needed so far */
    Verdict on(Transaction known, long unusedId, long nowMs) {
        short epoch = known.producerEpoch();
        if (expected.isEmpty()) {
            return known.isEpochExhausted()
                    ? rotated(known, unusedId, Transaction.NO_EPOCH, nowMs)
                    : raised(known, Transaction.NO_EPOCH, nowMs);
        }
        short expectedEpoch = expected.get().producerEpoch();
        if (epoch == Transaction.NO_EPOCH || expectedEpoch == epoch) {
            return known.isEpochExhausted() ? rotated(known, unusedId, epoch, nowMs) : raised(known, epoch, nowMs);
        }
        if (expectedEpoch == known.lastProducerEpoch()) {
            // The same request once more, whose answer got lost. Nobody else was here since: that would have cleared
            // it.
            return new Verdict.To(
                    known.initialized(known.producerId(), epoch, known.lastProducerEpoch(), timeoutMs, nowMs));
        }
        return new Verdict.Refused(Errors.PRODUCER_FENCED);
    }

    private Verdict raised(Transaction known, short lastEpoch, long nowMs) {
        short epoch = (short) (known.producerEpoch() + 1);
        return new Verdict.To(known.initialized(known.producerId(), epoch, lastEpoch, timeoutMs, nowMs));
    }

    private Verdict rotated(Transaction known, long unusedId, short lastEpoch, long nowMs) {
        return unusedId == Transaction.NO_PRODUCER_ID
                ? new Verdict.NeedsProducerId()
                : new Verdict.To(known.initialized(unusedId, (short) 0, lastEpoch, timeoutMs, nowMs));
    }
}
