package dev.klamm.broker.coordinator;

/** Whose transaction a batch belongs to; both as in KIP-98. */
public record TransactionalProducer(long producerId, short producerEpoch) {}
