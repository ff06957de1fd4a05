package dev.klamm.broker;

import dev.klamm.broker.api.AddOffsetsToTxnApi;
import dev.klamm.broker.api.AddPartitionsToTxnApi;
import dev.klamm.broker.api.AlterConfigsApi;
import dev.klamm.broker.api.AlterPartitionReassignmentsApi;
import dev.klamm.broker.api.Api;
import dev.klamm.broker.api.ApiTable;
import dev.klamm.broker.api.ConsumerGroupDescribeApi;
import dev.klamm.broker.api.ConsumerGroupHeartbeatApi;
import dev.klamm.broker.api.CreatePartitionsApi;
import dev.klamm.broker.api.CreateTopicsApi;
import dev.klamm.broker.api.DeleteGroupsApi;
import dev.klamm.broker.api.DeleteRecordsApi;
import dev.klamm.broker.api.DeleteTopicsApi;
import dev.klamm.broker.api.DescribeClusterApi;
import dev.klamm.broker.api.DescribeConfigsApi;
import dev.klamm.broker.api.DescribeGroupsApi;
import dev.klamm.broker.api.DescribeLogDirsApi;
import dev.klamm.broker.api.DescribeProducersApi;
import dev.klamm.broker.api.DescribeTopicPartitionsApi;
import dev.klamm.broker.api.DescribeTransactionsApi;
import dev.klamm.broker.api.ElectLeadersApi;
import dev.klamm.broker.api.EndTxnApi;
import dev.klamm.broker.api.FetchApi;
import dev.klamm.broker.api.FindCoordinatorApi;
import dev.klamm.broker.api.HeartbeatApi;
import dev.klamm.broker.api.IncrementalAlterConfigsApi;
import dev.klamm.broker.api.InitProducerIdApi;
import dev.klamm.broker.api.JoinGroupApi;
import dev.klamm.broker.api.LeaveGroupApi;
import dev.klamm.broker.api.ListConfigResourcesApi;
import dev.klamm.broker.api.ListGroupsApi;
import dev.klamm.broker.api.ListOffsetsApi;
import dev.klamm.broker.api.ListPartitionReassignmentsApi;
import dev.klamm.broker.api.ListTransactionsApi;
import dev.klamm.broker.api.MetadataApi;
import dev.klamm.broker.api.OffsetCommitApi;
import dev.klamm.broker.api.OffsetDeleteApi;
import dev.klamm.broker.api.OffsetFetchApi;
import dev.klamm.broker.api.OffsetForLeaderEpochApi;
import dev.klamm.broker.api.ProduceApi;
import dev.klamm.broker.api.SyncGroupApi;
import dev.klamm.broker.api.TxnOffsetCommitApi;
import dev.klamm.broker.api.UpdateFeaturesApi;
import dev.klamm.broker.api.WriteTxnMarkersApi;
import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.net.Listener;
import dev.klamm.broker.net.ListenerConfig;
import dev.klamm.broker.topic.Topics;
import dev.klamm.broker.txn.TransactionCoordinator;
import dev.klamm.log.Logs;
import dev.klamm.log.Scrub;
import dev.klamm.log.Storage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A running broker: everything is wired here, and nowhere else. Clients are served from the return of {@link #start} to the
 * call of {@link #close}.
 */
public final class Broker implements AutoCloseable {
    private final Logs logs;
    private final List<Listener> listeners = new ArrayList<>();
    private @Nullable GroupCoordinator groups; // null until there are topics
    private @Nullable TransactionCoordinator transactions; // likewise
    private @Nullable Scrub scrub; // likewise

    private Broker(Logs logs) {
        this.logs = logs;
    }

    /**
     * Starts a broker on a data directory, which is created if there is none.
     *
     * @throws IOException if the directory can't be used or an address can't be had; its message is for the user
     */
    public static Broker start(BrokerConfig config, Path dataDirectory) throws IOException, InterruptedException {
        Logs logs = Logs.open(dataDirectory, Storage.ofThisMachine(), limits(config));
        var broker = new Broker(logs);
        try {
            broker.serve(config, Topics.open(dataDirectory, logs, config));
            return broker;
        } catch (IOException | InterruptedException | RuntimeException failure) {
            broker.closeAfter(failure);
            throw failure;
        }
    }

    private static Logs.Limits limits(BrokerConfig config) {
        return Logs.Limits.DEFAULT.withProducerExpirationMs(config.producerIdExpirationMs());
    }

    private void serve(BrokerConfig config, Topics topics) throws IOException {
        List<Api<?>> apis = new ArrayList<>();
        groups = new GroupCoordinator(topics, logs);
        // Offsets of a transaction count, or go, by the group coordinator's hand, which the other one knows nothing of.
        transactions = new TransactionCoordinator(topics, logs, groups::endTransaction);
        topics.afterDeletions(this::topicsDeleted);
        apis.addAll(recordApis(topics, logs, transactions));
        apis.addAll(transactionApis(topics, logs, groups, transactions));
        apis.addAll(topicApis(topics));
        apis.addAll(groupApis(topics, groups));
        var table = new ApiTable(apis, topics::features);
        for (var address : config.connections().listeners()) {
            listeners.add(Listener.start(ListenerConfig.of(config, address), table));
        }
        transactions.start();
        scrub = Scrub.start(logs, config.scrubBytesPerSecond());
    }

    private void topicsDeleted() {
        if (groups != null && transactions != null) {
            groups.topicsDeleted();
            transactions.topicsDeleted();
        }
    }

    private static List<Api<?>> recordApis(Topics topics, Logs logs, TransactionCoordinator transactions) {
        BrokerConfig.Fetches fetches = topics.config().fetches();
        return List.of(
                new ProduceApi(topics, logs, transactions),
                new FetchApi(topics, fetches.maxBytes(), fetches.sessionSlots()),
                new ListOffsetsApi(topics),
                new OffsetForLeaderEpochApi(topics),
                new DeleteRecordsApi(topics),
                new DescribeProducersApi(topics));
    }

    private static List<Api<?>> transactionApis(
            Topics topics, Logs logs, GroupCoordinator groups, TransactionCoordinator transactions) {
        return List.of(
                new InitProducerIdApi(topics, transactions),
                new AddPartitionsToTxnApi(topics, transactions),
                new AddOffsetsToTxnApi(topics, transactions),
                new TxnOffsetCommitApi(groups, transactions, topics),
                new EndTxnApi(transactions),
                new WriteTxnMarkersApi(transactions, logs),
                new DescribeTransactionsApi(transactions),
                new ListTransactionsApi(transactions));
    }

    private static List<Api<?>> topicApis(Topics topics) {
        return List.of(
                new MetadataApi(topics),
                new CreateTopicsApi(topics),
                new DeleteTopicsApi(topics),
                new CreatePartitionsApi(topics),
                new DescribeClusterApi(topics),
                new DescribeConfigsApi(topics),
                new AlterConfigsApi(topics),
                new IncrementalAlterConfigsApi(topics),
                new ListConfigResourcesApi(topics),
                new DescribeTopicPartitionsApi(topics),
                new DescribeLogDirsApi(topics),
                new ElectLeadersApi(topics),
                new UpdateFeaturesApi(topics),
                new AlterPartitionReassignmentsApi(topics),
                new ListPartitionReassignmentsApi());
    }

    private static List<Api<?>> groupApis(Topics topics, GroupCoordinator groups) {
        return List.of(
                new FindCoordinatorApi(topics),
                new JoinGroupApi(groups),
                new SyncGroupApi(groups),
                new HeartbeatApi(groups),
                new LeaveGroupApi(groups),
                new OffsetCommitApi(groups, topics),
                new OffsetFetchApi(groups, topics),
                new OffsetDeleteApi(groups, topics),
                new DescribeGroupsApi(groups),
                new ConsumerGroupHeartbeatApi(groups, topics),
                new ConsumerGroupDescribeApi(groups, topics),
                new ListGroupsApi(groups),
                new DeleteGroupsApi(groups));
    }

    /** What the first listener listens on, with the port that it got. */
    public InetSocketAddress address() {
        return listeners.getFirst().address();
    }

    public int port() {
        return address().getPort();
    }

    /** Completes if the disk failed under the journal: nothing is acknowledged any more, and the broker is to be closed. */
    public CompletableFuture<? extends Exception> failure() {
        return logs.failure();
    }

    /** Median time of a small sync on this disk, in nanoseconds. */
    public long syncNanos() {
        return logs.syncNanos();
    }

    /** Lets requests finish, stops serving, and leaves the data directory clean. */
    @Override
    public void close() throws IOException {
        try {
            stopServing();
            if (scrub != null) {
                scrub.close();
            }
        } finally {
            logs.close();
        }
    }

    private void stopServing() throws IOException {
        for (Listener listener : listeners) {
            listener.close();
        }
        if (groups != null) {
            groups.close();
        }
        if (transactions != null) {
            transactions.close();
        }
    }

    /** Ends as if the process had been killed. For tests of recovery. */
    void abandon() throws IOException {
        stopServing();
        if (scrub != null) {
            scrub.close();
        }
        logs.abandon();
    }

    private void closeAfter(Exception failure) {
        try {
            close();
        } catch (IOException another) {
            failure.addSuppressed(another);
        }
    }
}
