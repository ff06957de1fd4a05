package dev.klamm.broker.coordinator;

import dev.klamm.log.Verification;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a state machine plans, as data. Nothing has happened until its records are in the log and it has been applied. */
public interface CoordinatorStep {

    /** To be appended in this order, all or none, before anything else becomes true. */
    List<? extends CoordinatorRecord> records();

    /** In whose transaction the records are written; null if in none, as nearly all are. */
    default @Nullable TransactionalProducer transaction() {
        return null;
    }

    /** What a transaction is begun with in this log; null if it is open, or there is none. */
    default @Nullable Verification verification() {
        return null;
    }

    /** To be delivered once the records are in the log, and sent once they are on disk. */
    List<Reply<?>> replies();

    /** The earliest moment, in monotonic ms, at which something has to be done because of this step. */
    long earliestDeadlineMs();

    /** Of whom it is a step, for a line in the broker's log, such as "group riders". */
    String subject();

    /** A line for the broker's log if the step is taken because time has passed; null if that is nothing to speak of. */
    default @Nullable String remark() {
        return null;
    }
}
