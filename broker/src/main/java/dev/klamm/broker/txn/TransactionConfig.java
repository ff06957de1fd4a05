package dev.klamm.broker.txn;

import dev.klamm.broker.config.BrokerConfig;

/**
 * What the coordinator needs of the broker's settings; each has the name and the meaning of Kafka's setting.
 *
 * @param maxTimeoutMs {@code transaction.max.timeout.ms}
 * @param idExpirationMs {@code transactional.id.expiration.ms}
 * @param idExpirationCheckIntervalMs {@code transaction.remove.expired.transaction.cleanup.interval.ms}
 * @param allowsTwoPhaseCommit {@code transaction.two.phase.commit.enable}
 * @param verifiesPartitions {@code transaction.partition.verification.enable}
 * @param version the finalized level of transaction.version, 0 to 2
 */
record TransactionConfig(
        int maxTimeoutMs,
        long idExpirationMs,
        long idExpirationCheckIntervalMs,
        boolean allowsTwoPhaseCommit,
        boolean verifiesPartitions,
        short version) {

    static final TransactionConfig DEFAULT =
            new TransactionConfig(900_000, 7L * 24 * 3600 * 1000, 3_600_000, false, true, (short) 2);

    static TransactionConfig of(BrokerConfig config, short version) {
        BrokerConfig.Transactions given = config.transactions();
        return new TransactionConfig(
                given.maxTimeoutMs(),
                given.idExpirationMs(),
                given.idExpirationCheckIntervalMs(),
                given.allowsTwoPhaseCommit(),
                given.verifiesPartitions(),
                version);
    }

    /** The version of the records' values: from transaction.version 1 on Kafka writes what can be extended. */
    short recordVersion() {
        return (short) (version > 0 ? 1 : 0);
    }
}
