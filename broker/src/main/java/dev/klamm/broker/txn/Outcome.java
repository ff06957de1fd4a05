package dev.klamm.broker.txn;

import org.apache.kafka.common.protocol.Errors;

/** What the state machine makes of a request that concerns a transactional id's producer or its transaction's end. */
sealed interface Outcome {

    /** Nothing has changed. */
    record Refused(Errors error) implements Outcome {}

    /** What the producer goes on with; -1 and -1 where it isn't told. */
    record Done(long producerId, short producerEpoch) implements Outcome {
        static Done untold() {
            return new Done(Transaction.NO_PRODUCER_ID, Transaction.NO_EPOCH);
        }
    }

    /**
     * It is recorded how the transaction ends. Whoever gets this writes the markers, and nobody else, until it says what became
     * of them.
     *
     * @param answer for the client
     */
    record Prepared(Transaction transaction, Done answer) implements Outcome {}

    /** Nothing has changed: the epochs of the producer id have run out. To be tried again with an unused one. */
    record NeedsProducerId() implements Outcome {}
}
