package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.PartitionLog.CommittedRead;
import dev.klamm.log.PartitionLog.EndTransaction;
import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions in one log, on the real disk: what readers of committed records see, and who may begin and end one. */
@Timeout(60)
class TransactionsTest {
    private static final LogId RIDES = new LogId(Uuid.randomUuid(), "rides", 0);
    private static final Logs.Limits SMALL = new Logs.Limits(1 << 20, 64 << 10);

    @TempDir
    Path directory;

    private Logs logs;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(directory, Storage.ofThisMachine(), SMALL);
        log();
        logs.allRegistered();
    }

    @AfterEach
    void close() throws IOException {
        logs.close();
    }

    private void restartCleanly() throws IOException {
        logs.close();
        open();
    }

    private void restartAfterKill() throws IOException {
        logs.abandon();
        open();
    }

    private PartitionLog log() {
        return logs.register(RIDES, LogConfig.DEFAULT, 0);
    }

    private long synced(AppendResult result) throws Exception {
        AppendResult.Appended appended = (AppendResult.Appended) result;
        logs.awaitSynced(appended.lsn());
        return appended.baseOffset();
    }

    /** Returns the base offset. */
    private long plain(int count) throws Exception {
        return synced(log().append(Batches.batch(count), Origin.CLIENT));
    }

    private long begin(long producerId, int epoch, int count) throws Exception {
        Verification ticket = ticket(producerId, epoch, 0);
        return synced(log().append(Batches.transactional(producerId, epoch, 0, count), Origin.CLIENT, ticket));
    }

    private Verification ticket(long producerId, int epoch, int sequence) {
        return log().beginVerification(producerId, (short) epoch, sequence, false)
                .orElseThrow();
    }

    private AppendResult send(long producerId, int epoch, int sequence, @Nullable Verification ticket) {
        return log().append(Batches.transactional(producerId, epoch, sequence, 1), Origin.CLIENT, ticket);
    }

    private AppendResult end(long producerId, int epoch, boolean isCommit, int version) {
        return log().endTransaction(new EndTransaction(producerId, (short) epoch, 3, isCommit, version));
    }

    private long commit(long producerId, int epoch) throws Exception {
        return synced(end(producerId, epoch, true, 1));
    }

    private long abort(long producerId, int epoch) throws Exception {
        return synced(end(producerId, epoch, false, 1));
    }

    private static void assertRefused(AppendResult result, Reason reason) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        AppendResult.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    }

    /** Offset behind what readers of committed records get from 0 on. */
    private long seenEnd() {
        long end = 0;
        while (log().readCommitted(end, 1 << 20, true).result() instanceof ReadResult.Records records
                && records.sizeBytes() > 0) {
            end = records.endOffset();
        }
        return end;
    }

    private Set<AbortedTransaction> allAborted() {
        Set<AbortedTransaction> all = new LinkedHashSet<>();
        long end = 0;
        while (end < log().lastStableOffset()) {
            CommittedRead read = log().readCommitted(end, 1 << 20, true);
            all.addAll(read.aborted());
            end = ((ReadResult.Records) read.result()).endOffset();
        }
        return all;
    }

    private List<AbortedTransaction> aborted(long offset, int maxBytes) {
        return log().readCommitted(offset, maxBytes, true).aborted();
    }

    // ---- the last stable offset

    @Test
    void anOpenTransactionHoldsBackWhatReadersOfCommittedRecordsSee() throws Exception {
        plain(2);
        begin(7, 0, 3);
        plain(4);

        assertThat(log().highWatermark()).isEqualTo(9);
        assertThat(log().lastStableOffset()).isEqualTo(2);
        assertThat(seenEnd()).isEqualTo(2);
    }

    @Test
    void itsMarkerLetsThemGoOn() throws Exception {
        begin(7, 0, 3);
        plain(4);

        commit(7, 0);

        assertThat(log().lastStableOffset()).isEqualTo(8);
        assertThat(seenEnd()).isEqualTo(8);
    }

    @Test
    void theEarliestOfSeveralCounts() throws Exception {
        begin(7, 0, 1);
        begin(8, 0, 1);
        begin(9, 0, 1);

        commit(8, 0);
        assertThat(log().lastStableOffset()).isEqualTo(0);
        commit(7, 0);

        assertThat(log().lastStableOffset()).isEqualTo(2);
    }

    @Test
    void anOpenTransactionHoldsThemBackInSegmentsAndAfterARestart() throws Exception {
        plain(2);
        begin(7, 0, 3);
        plain(4);

        restartCleanly();

        assertThat(log().knownLastStableOffset()).isEmpty();
        assertThat(log().lastStableOffset()).isEqualTo(2);
        assertThat(seenEnd()).isEqualTo(2);
        assertThat(log().read(2, 1 << 20, true, ReadBound.LAST_STABLE)).isEqualTo(ReadResult.InMemory.EMPTY);
        commit(7, 0);
        assertThat(seenEnd()).isEqualTo(10);
    }

    @Test
    void anOpenTransactionHoldsThemBackAfterAKill() throws Exception {
        plain(2);
        begin(7, 0, 3);
        plain(4);

        restartAfterKill();

        assertThat(log().lastStableOffset()).isEqualTo(2);
        assertThat(seenEnd()).isEqualTo(2);
    }

    @Test
    void deletingRecordsOverAnOpenTransactionLetsReadersOfTheRestWait() throws Exception {
        begin(7, 0, 3);
        plain(4);
        Waiter waiter = new Waiter();
        log().addWaiter(waiter);

        log().deleteRecordsBefore(5);

        assertThat(log().lastStableOffset()).isEqualTo(5);
        assertThat(waiter.await(System.nanoTime() + TimeUnit.SECONDS.toNanos(5)))
                .isTrue();
    }

    @Test
    void aWaiterIsWokenWhenAMarkerIsDurable() throws Exception {
        begin(7, 0, 3);
        Waiter waiter = new Waiter();
        log().addWaiter(waiter);

        end(7, 0, true, 1);

        while (log().lastStableOffset() == 0) {
            assertThat(waiter.await(System.nanoTime() + TimeUnit.SECONDS.toNanos(5)))
                    .isTrue();
        }
        assertThat(log().lastStableOffset()).isEqualTo(4);
    }

    // ---- aborted transactions

    @Test
    void whatWasAbortedIsNamedToWhoReadsIt() throws Exception {
        plain(1);
        begin(7, 0, 2);
        begin(8, 0, 2);
        abort(7, 0);
        commit(8, 0);

        CommittedRead all = log().readCommitted(0, 1 << 20, true);

        assertThat(all.aborted()).containsExactly(new AbortedTransaction(7, 1, 5, 3));
        assertThat(aborted(6, 1 << 20)).isEmpty();
        assertThat(aborted(0, 1)).isEmpty();
    }

    @Test
    void whatWasAbortedIsKnownInSegments() throws Exception {
        plain(1);
        begin(7, 0, 2);
        abort(7, 0);
        begin(7, 1, 2);
        abort(7, 1);
        Set<AbortedTransaction> before = allAborted();

        restartCleanly();

        assertThat(before).hasSize(2);
        assertThat(allAborted()).isEqualTo(before);
        // The marker is of today, the records of long ago: it begins a segment.
        assertThat(directory.resolve("rides-0/00000000000000000003.txnindex")).hasSize(68);
    }

    @Test
    void whatWasAbortedIsKnownAfterAKill() throws Exception {
        begin(7, 0, 2);
        restartCleanly();
        abort(7, 0);
        begin(8, 0, 2);
        abort(8, 0);

        restartAfterKill();
        Set<AbortedTransaction> fromJournal = allAborted();
        restartCleanly();

        assertThat(fromJournal).containsExactly(new AbortedTransaction(7, 0, 2, 3), new AbortedTransaction(8, 3, 5, 6));
        assertThat(allAborted()).isEqualTo(fromJournal);
    }

    @Test
    void aLogWithoutAbortedTransactionsHasNoIndexOfThem() throws Exception {
        begin(7, 0, 2);
        commit(7, 0);

        restartCleanly();

        assertThat(Files.exists(directory.resolve("rides-0/00000000000000000000.txnindex")))
                .isFalse();
    }

    // ---- who may end one

    @Test
    void aMarkerOfAnEarlierEpochIsRefused() throws Exception {
        begin(7, 2, 1);

        assertRefused(end(7, 1, true, 1), Reason.INVALID_PRODUCER_EPOCH);
        assertThat(log().lastStableOffset()).isEqualTo(0);
    }

    @Test
    void aMarkerOfVersion2NeedsAGreaterEpochThanTheRecords() throws Exception {
        begin(7, 2, 1);

        assertRefused(end(7, 2, true, 2), Reason.INVALID_PRODUCER_EPOCH);

        synced(end(7, 3, true, 2));
        assertThat(log().lastStableOffset()).isEqualTo(2);
    }

    @Test
    void aMarkerOfVersion2ComesAgainWhenItsAnswerWasLost() throws Exception {
        begin(7, 2, 1);
        synced(end(7, 3, true, 2));

        assertThat(synced(end(7, 3, true, 2))).isEqualTo(2);
    }

    @Test
    void aMarkerOfAnEarlierCoordinatorIsRefused() throws Exception {
        begin(7, 0, 1);
        commit(7, 0);
        begin(7, 1, 1);

        AppendResult late = log().endTransaction(new EndTransaction(7, (short) 1, 2, false, 1));

        assertRefused(late, Reason.TRANSACTION_COORDINATOR_FENCED);
    }

    // ---- who may begin one

    @Test
    void aClientBeginsOneOnlyWithATicket() {
        assertRefused(send(7, 0, 0, null), Reason.INVALID_TXN_STATE);
    }

    @Test
    void aTicketIsGoodForWhatFollowsToo() throws Exception {
        begin(7, 0, 1);

        assertThat(log().beginVerification(7, (short) 0, 1, false)).isEmpty();
        assertThat(send(7, 0, 1, null)).isInstanceOf(AppendResult.Appended.class);
    }

    @Test
    void aMarkerMakesATicketVoid() throws Exception {
        Verification ticket = ticket(7, 0, 0);
        abort(7, 0);

        assertRefused(send(7, 0, 0, ticket), Reason.INVALID_TXN_STATE);
        assertThat(log().lastStableOffset()).isEqualTo(log().highWatermark());
    }

    @Test
    void theMarkerBeforeItsOwnTransactionLeavesATicketOfVersion2Good() throws Exception {
        Verification ticket = log().beginVerification(7, (short) 1, 0, true).orElseThrow();
        synced(end(7, 1, true, 2));

        assertThat(send(7, 1, 0, ticket)).isInstanceOf(AppendResult.Appended.class);
    }

    @Test
    void aTicketIsNotGoodForAnotherProducer() {
        Verification ticket = ticket(7, 0, 0);

        assertRefused(send(8, 0, 0, ticket), Reason.INVALID_TXN_STATE);
    }

    @Test
    void theFirstOfSeveralBatchesThatWaitMustComeFirst() {
        Verification ticket = ticket(7, 0, 0);
        assertThat(ticket(7, 0, 1)).isSameAs(ticket);

        assertRefused(send(7, 0, 1, ticket), Reason.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(send(7, 0, 0, ticket)).isInstanceOf(AppendResult.Appended.class);
        assertThat(send(7, 0, 1, ticket)).isInstanceOf(AppendResult.Appended.class);
    }

    @Test
    void withVersion2AProducerThatIsNotKnownBeginsWithSequence0() {
        Verification ticket = log().beginVerification(7, (short) 1, 5, true).orElseThrow();

        assertRefused(send(7, 1, 5, ticket), Reason.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void aStaleEpochIsRefusedWithoutATicket() throws Exception {
        begin(7, 3, 1);

        assertThat(log().beginVerification(7, (short) 2, 0, false)).isEmpty();
        assertRefused(send(7, 2, 0, null), Reason.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void aCoordinatorBeginsOneWithATicketThatIsGood() throws Exception {
        ByteBuffer offsets = Batches.transactional(7, 0, 0, 1);
        Verification ticket = ticket(7, 0, 0);
        abort(7, 0);

        assertRefused(log().append(Batches.copy(offsets), Origin.COORDINATOR, ticket), Reason.INVALID_TXN_STATE);
        assertRefused(log().append(Batches.copy(offsets), Origin.COORDINATOR), Reason.INVALID_TXN_STATE);
        synced(log().append(Batches.copy(offsets), Origin.COORDINATOR, ticket(7, 0, 0)));
        synced(log().append(offsets, Origin.COORDINATOR));
        assertThat(log().lastStableOffset()).isEqualTo(1);
    }

    @Test
    void recordsOutsideOfTheTransactionOfTheirProducerAreRefused() throws Exception {
        begin(7, 0, 1);

        assertRefused(log().append(Batches.idempotent(7, 0, 1, 1), Origin.CLIENT), Reason.INVALID_TXN_STATE);
    }
}
