/** The transaction coordinator: a state machine over records that live in __transaction_state. */
@NullMarked
package dev.klamm.broker.txn;

import org.jspecify.annotations.NullMarked;
