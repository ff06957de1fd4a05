package dev.klamm.conformance;

final class LibrdkafkaTransactionTest extends TransactionConformance {
    LibrdkafkaTransactionTest() {
        super(TransactionalClient.librdkafka());
    }
}
