package dev.klamm.broker.txn;

import java.util.Arrays;
import java.util.Optional;

/**
 * Where a transactional id stands. The ids are those of Kafka's records, the names those that its tools show.
 *
 * <pre>
 *              begin                end                     all markers written
 *   EMPTY ──────────────► ONGOING ────────► PREPARE_COMMIT ─────────────────────► COMPLETE_COMMIT
 *     │                      │  ▲                                                    │
 *     │                      │  └─────────────── begin (from either COMPLETE) ───────┤
 *     │   abort of nothing   ▼                                                       │
 *     └────(version 2)───► PREPARE_ABORT ─────────────────────────────────────► COMPLETE_ABORT
 * </pre>
 *
 * A transaction that is fenced, or takes too long, goes to PREPARE_ABORT with a greater epoch. InitProducerId leads from EMPTY
 * and the COMPLETEs to EMPTY. An id that nobody uses is forgotten.
 */
enum TransactionStatus {
    EMPTY(0, "Empty"),
    ONGOING(1, "Ongoing"),
    PREPARE_COMMIT(2, "PrepareCommit"),
    PREPARE_ABORT(3, "PrepareAbort"),
    COMPLETE_COMMIT(4, "CompleteCommit"),
    COMPLETE_ABORT(5, "CompleteAbort"),
    /** Being forgotten. Here that is one step, so nobody is ever seen in it; it is known as a filter. */
    DEAD(6, "Dead"),
    /** On the way to PREPARE_ABORT with a greater epoch. One step here, too. */
    PREPARE_EPOCH_FENCE(7, "PrepareEpochFence");

    private final byte id;
    private final String label;

    TransactionStatus(int id, String label) {
        this.id = (byte) id;
        this.label = label;
    }

    byte id() {
        return id;
    }

    /** As Kafka's tools and protocol name it. */
    String label() {
        return label;
    }

    /** Whether it is decided how the transaction ends, and markers have to be written. */
    boolean isEnding() {
        return this == PREPARE_COMMIT || this == PREPARE_ABORT;
    }

    /** Whether there is no transaction: the next may begin, or the id be forgotten. */
    boolean isAtRest() {
        return this == EMPTY || this == COMPLETE_COMMIT || this == COMPLETE_ABORT;
    }

    static Optional<TransactionStatus> byId(byte id) {
        return Arrays.stream(values()).filter(status -> status.id == id).findFirst();
    }

    static Optional<TransactionStatus> byLabel(String label) {
        return Arrays.stream(values())
                .filter(status -> status.label.equals(label))
                .findFirst();
    }
}
