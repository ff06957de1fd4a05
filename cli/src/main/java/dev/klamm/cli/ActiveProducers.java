package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;
import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.TopicPartition;

/** The producers that partitions remember, as their leaders tell it. */
final class ActiveProducers {
    private static final Comparator<ActiveProducer> ORDER = Comparator.<ActiveProducer, String>comparing(
                    it -> it.partition().topic())
            .thenComparingInt(it -> it.partition().partition())
            .thenComparingLong(it -> it.state().producerId());

    private ActiveProducers() {}

    /** A producer in one partition. */
    record ActiveProducer(TopicPartition partition, ProducerState state) {
        boolean isInTransaction() {
            return state.currentTransactionStartOffset().isPresent();
        }

        boolean isInTransactionFrom(long startOffset) {
            var start = state.currentTransactionStartOffset();
            return start.isPresent() && start.getAsLong() == startOffset;
        }

        /** -1 if it never had a transaction that ended here. */
        int coordinatorEpoch() {
            return state.coordinatorEpoch().orElse(-1);
        }

        Object startOffset() {
            var start = state.currentTransactionStartOffset();
            return start.isPresent() ? start.getAsLong() : "-";
        }
    }

    static List<ActiveProducer> of(Admin admin, Collection<TopicPartition> partitions) {
        var described = await(admin.describeProducers(partitions).all());
        return partitions.stream()
                .flatMap(partition -> requireNonNull(described.get(partition)).activeProducers().stream()
                        .map(state -> new ActiveProducer(partition, state)))
                .sorted(ORDER)
                .toList();
    }
}
