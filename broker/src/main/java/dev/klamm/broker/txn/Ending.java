package dev.klamm.broker.txn;

import org.apache.kafka.common.protocol.Errors;

/**
 * EndTxn on a transactional id, judged as by Kafka's coordinator. In version 2 (KIP-890) each end raises the epoch, so that
 * the epoch tells a second try from the end of the next transaction; there is nothing to commit, but always something to
 * abort, since a producer may not know whether its transaction had begun. While an end lacks markers, a producer that was told
 * of it, and goes on with its next epoch or even its next id, is to wait rather than to hear that it is fenced:
 *
 * <pre>
 *                    version 0 and 1         version 2, epoch before     version 2, epoch of now
 *                    abort      commit       abort      commit           abort      commit
 *   Empty            INVALID    INVALID      FENCED     FENCED           aborted    INVALID
 *   Ongoing          aborted    committed    FENCED     FENCED           aborted    committed
 *   PrepareAbort     CONCURRENT CONCURRENT   CONCURRENT CONCURRENT       CONCURRENT CONCURRENT
 *   PrepareCommit    CONCURRENT CONCURRENT   CONCURRENT CONCURRENT       CONCURRENT CONCURRENT
 *   CompleteAbort    was so     INVALID      was so     INVALID          aborted    INVALID
 *   CompleteCommit   INVALID    was so       INVALID    was so           aborted    INVALID
 * </pre>
 *
 * @param version the client's transaction version: 2 from EndTxn 5 on, else 0
 */
record Ending(long producerId, short producerEpoch, boolean isCommit, short version) {

    /** What comes of it. */
    sealed interface Verdict {
        record Refused(Errors error) implements Verdict {}

        /** It ended so before. */
        record WasSo() implements Verdict {}

        record Prepare() implements Verdict {}
    }

    private static final Verdict CONCURRENT = new Verdict.Refused(Errors.CONCURRENT_TRANSACTIONS);
    private static final Verdict INVALID = new Verdict.Refused(Errors.INVALID_TXN_STATE);
    private static final Verdict FENCED = new Verdict.Refused(Errors.PRODUCER_FENCED);
    private static final Verdict NOT_MAPPED = new Verdict.Refused(Errors.INVALID_PRODUCER_ID_MAPPING);

    boolean raisesEpoch() {
        return version >= Transaction.FIRST_VERSION_WITH_EPOCH_BUMP;
    }

    Verdict on(Transaction known) {
        return raisesEpoch() ? inVersion2(known) : inVersion1(known);
    }

    private Verdict inVersion1(Transaction known) {
        if (known.producerId() != producerId) {
            return NOT_MAPPED;
        }
        if (known.producerEpoch() != producerEpoch) {
            return FENCED;
        }
        return switch (known.status()) {
            case ONGOING -> new Verdict.Prepare();
            case COMPLETE_COMMIT, COMPLETE_ABORT -> endsAs(known) ? new Verdict.WasSo() : INVALID;
            case PREPARE_COMMIT, PREPARE_ABORT -> CONCURRENT;
            case EMPTY, DEAD, PREPARE_EPOCH_FENCE -> INVALID;
        };
    }

    private Verdict inVersion2(Transaction known) {
        if (known.status().isEnding()) {
            return CONCURRENT;
        }
        if (known.producerId() != producerId && !isRetryAcrossProducerIds(known)) {
            return NOT_MAPPED;
        }
        if (!hasValidEpoch(known)) {
            return FENCED;
        }
        return switch (known.status()) {
            case ONGOING -> new Verdict.Prepare();
            case PREPARE_COMMIT, PREPARE_ABORT -> CONCURRENT;
            case COMPLETE_COMMIT, COMPLETE_ABORT ->
                isRetry(known) ? endsAs(known) ? new Verdict.WasSo() : INVALID : endOfNothing();
            case EMPTY -> endOfNothing();
            case DEAD, PREPARE_EPOCH_FENCE -> INVALID;
        };
    }

    private Verdict endOfNothing() {
        return isCommit ? INVALID : new Verdict.Prepare();
    }

    private boolean hasValidEpoch(Transaction known) {
        return switch (known.status()) {
            case COMPLETE_COMMIT, COMPLETE_ABORT -> isRetry(known) || known.producerEpoch() == producerEpoch;
            case EMPTY, ONGOING, PREPARE_COMMIT, PREPARE_ABORT, DEAD, PREPARE_EPOCH_FENCE ->
                known.producerEpoch() == producerEpoch;
        };
    }

    private boolean isRetry(Transaction known) {
        return isRetryOfOneEpochBefore(known) || isRetryAcrossProducerIds(known);
    }

    private boolean isRetryOfOneEpochBefore(Transaction known) {
        return known.producerEpoch() == producerEpoch + 1;
    }

    /** The end took the last epoch of its producer id, and the next id has taken over. */
    private boolean isRetryAcrossProducerIds(Transaction known) {
        return known.previousProducerId() == producerId
                && Transaction.isLastEpoch(producerEpoch)
                && producerEpoch != Short.MAX_VALUE
                && known.producerEpoch() == 0;
    }

    private boolean endsAs(Transaction known) {
        return known.isCommit() == isCommit;
    }
}
