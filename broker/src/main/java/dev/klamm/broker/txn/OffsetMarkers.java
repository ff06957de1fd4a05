package dev.klamm.broker.txn;

import dev.klamm.log.AppendResult;
import dev.klamm.log.PartitionLog.EndTransaction;

/** Who ends transactions in the partitions of {@code __consumer_offsets}: the offsets of one count, or go, with its marker. */
public interface OffsetMarkers {

    /** Appends the marker and has the groups take it in; does not wait for the disk. */
    AppendResult endTransaction(int partition, EndTransaction marker);
}
