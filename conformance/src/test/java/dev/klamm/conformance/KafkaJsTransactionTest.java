package dev.klamm.conformance;

final class KafkaJsTransactionTest extends TransactionConformance {
    KafkaJsTransactionTest() {
        super(TransactionalClient.kafkaJs());
    }
}
