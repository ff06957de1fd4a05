/**
 * The append-only log: a journal that every append of every partition goes through, the segment files that Apache Kafka
 * can read, recovery, and the storage seam. It knows record batches and producers; it knows nothing of the network, of
 * requests or of groups.
 */
@NullMarked
package dev.klamm.log;

import org.jspecify.annotations.NullMarked;
