package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.conformance.Event.Found;
import dev.klamm.conformance.Event.Guarantee;
import dev.klamm.conformance.Event.Keeps;
import dev.klamm.conformance.Event.Transaction;
import dev.klamm.conformance.Violation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Histories of transactions made by hand, each with one thing wrong, or with what looks wrong and is not. */
final class TransactionHistoryTest {
    private static final LogName LEFT = new LogName("ledger", 0, 0);
    private static final LogName RIGHT = new LogName("ledger", 0, 1);
    private static final LogName INPUT = new LogName("input", 0, 0);
    private static final String GROUP = "programs";
    private static final Transaction ONE = new Transaction("producer", 1);
    private static final Transaction TWO = new Transaction("producer", 2);

    private final List<Event> history = new ArrayList<>();

    @BeforeEach
    void makeTopics() {
        history.add(new Event.TopicSent("ledger", 0, 2, Keeps.ALL_AND_MARKERS));
        history.add(new Event.TopicAcked("ledger", 0, 2));
    }

    @Test
    void findsNothingInTransactionsThatAreThereOrNotAsTheyShould() {
        send(ONE, stamp(LEFT, 0), 0);
        send(ONE, stamp(RIGHT, 0), 0);
        end(ONE, true);
        send(TWO, stamp(LEFT, 1), 2);
        end(TWO, false);
        readCommitted(LEFT, at(0, stamp(LEFT, 0)));
        auditLogs();
        audit(LEFT, 4, at(0, stamp(LEFT, 0)));
        audit(RIGHT, 2, at(0, stamp(RIGHT, 0)));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsACommittedTransactionThatIsNotThere() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, true);
        auditLogs();
        audit(LEFT, 2);
        assertThat(kinds()).containsExactly(Kind.LOST);
    }

    @Test
    void findsACommittedTransactionOfWhichHalfIsThere() {
        send(ONE, stamp(LEFT, 0), 0);
        send(ONE, stamp(RIGHT, 0), 0);
        end(ONE, true);
        auditLogs();
        audit(LEFT, 2, at(0, stamp(LEFT, 0)));
        audit(RIGHT, 2);
        assertThat(kinds()).containsExactly(Kind.TORN);
    }

    @Test
    void findsATransactionThatIsPerhapsCommittedOfWhichHalfIsThere() {
        send(ONE, stamp(LEFT, 0), 0);
        send(ONE, stamp(RIGHT, 0), 0);
        history.add(new Event.EndSent(ONE, true));
        auditLogs();
        audit(LEFT, 2);
        audit(RIGHT, 2, at(0, stamp(RIGHT, 0)));
        assertThat(kinds()).containsExactly(Kind.TORN);
    }

    @Test
    void allowsATransactionThatIsPerhapsCommittedToBeThereOrNot() {
        send(ONE, stamp(LEFT, 0), 0);
        history.add(new Event.EndSent(ONE, true));
        send(TWO, stamp(LEFT, 1), 2);
        history.add(new Event.EndSent(TWO, true));
        auditLogs();
        audit(LEFT, 4, at(2, stamp(LEFT, 1)));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsATransactionThatWasReadAndIsGone() {
        send(ONE, stamp(LEFT, 0), 0);
        history.add(new Event.EndSent(ONE, true));
        readCommitted(LEFT, at(0, stamp(LEFT, 0)));
        auditLogs();
        audit(LEFT, 2);
        assertThat(kinds()).containsExactly(Kind.UNREAD);
    }

    @Test
    void findsAnAbortedRecordThatIsRead() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, false);
        readCommitted(LEFT, at(0, stamp(LEFT, 0)));
        auditLogs();
        audit(LEFT, 2);
        assertThat(kinds()).containsExactly(Kind.ABORTED_READ, Kind.UNREAD);
    }

    @Test
    void findsAnAbortedRecordThatIsThereAtTheEnd() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, false);
        auditLogs();
        audit(LEFT, 2, at(0, stamp(LEFT, 0)));
        assertThat(kinds()).containsExactly(Kind.ABORTED_READ);
    }

    @Test
    void findsARecordThatIsReadBeforeAnybodyCommits() {
        send(ONE, stamp(LEFT, 0), 0);
        readCommitted(LEFT, at(0, stamp(LEFT, 0)));
        end(ONE, true);
        auditLogs();
        audit(LEFT, 2, at(0, stamp(LEFT, 0)));
        assertThat(kinds()).containsExactly(Kind.ABORTED_READ);
    }

    @Test
    void findsARecordOfAProducerThatDiedBeforeItCommitted() {
        send(ONE, stamp(LEFT, 0), 0);
        auditLogs();
        audit(LEFT, 2, at(0, stamp(LEFT, 0)));
        assertThat(kinds()).containsExactly(Kind.ABORTED_READ);
    }

    @Test
    void findsAReaderThatIsGivenARecordAgain() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, true);
        readCommitted(LEFT, at(0, stamp(LEFT, 0)));
        readCommitted(LEFT, at(0, stamp(LEFT, 0)));
        auditLogs();
        audit(LEFT, 2, at(0, stamp(LEFT, 0)));
        assertThat(kinds()).containsExactly(Kind.READ_TWICE);
    }

    @Test
    void findsACommittedRecordThatIsThereTwice() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, true);
        auditLogs();
        audit(LEFT, 3, at(0, stamp(LEFT, 0)), at(1, stamp(LEFT, 0)));
        assertThat(kinds()).containsExactly(Kind.READ_TWICE);
    }

    @Test
    void findsAReaderThatCameByACommittedRecord() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, true);
        send(TWO, stamp(LEFT, 1), 2);
        end(TWO, true);
        readCommitted(LEFT, at(2, stamp(LEFT, 1)));
        auditLogs();
        audit(LEFT, 4, at(0, stamp(LEFT, 0)), at(2, stamp(LEFT, 1)));
        assertThat(kinds()).containsExactly(Kind.SKIPPED);
    }

    @Test
    void findsATransactionThatHangs() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, false);
        auditLogs();
        history.add(new Event.AuditedCommitted(LEFT, 0, 2, List.of()));
        assertThat(kinds()).containsExactly(Kind.HANGING);
    }

    @Test
    void saysWhenNobodyLookedForATransaction() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, true);
        auditLogs();
        assertThat(kinds()).containsExactly(Kind.UNCHECKED);
    }

    @Test
    void findsARecordOfWhichTwoWereMade() {
        process(ONE, 0, 0);
        end(ONE, true);
        process(TWO, 0, 1);
        end(TWO, true);
        committed(1);
        auditLogs();
        audit(LEFT, 4, at(0, stamp(LEFT, 0)), at(1, stamp(LEFT, 1)));
        assertThat(kinds()).containsExactly(Kind.READ_TWICE);
    }

    @Test
    void allowsARecordToBeProcessedAgainAfterAnAbort() {
        process(ONE, 0, 0);
        end(ONE, false);
        process(TWO, 0, 1);
        end(TWO, true);
        committed(1);
        auditLogs();
        audit(LEFT, 4, at(1, stamp(LEFT, 1)));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsACommittedOffsetOfWhichNothingWasMade() {
        process(ONE, 0, 0);
        history.add(new Event.EndSent(ONE, true));
        committed(1);
        auditLogs();
        audit(LEFT, 2);
        assertThat(kinds()).containsExactly(Kind.OFFSET_TORN);
    }

    @Test
    void findsAnOutputWhoseOffsetIsNotCommitted() {
        process(ONE, 0, 0);
        history.add(new Event.EndSent(ONE, true));
        history.add(new Event.CommitsAsked(0, GROUP));
        history.add(new Event.Commits(0, GROUP, Map.of()));
        auditLogs();
        audit(LEFT, 2, at(0, stamp(LEFT, 0)));
        assertThat(kinds()).containsExactly(Kind.OFFSET_TORN);
    }

    @Test
    void findsAnOffsetThatWasCommittedInATransactionAndIsGone() {
        process(ONE, 0, 0);
        end(ONE, true);
        history.add(new Event.CommitsAsked(0, GROUP));
        history.add(new Event.Commits(0, GROUP, Map.of()));
        auditLogs();
        audit(LEFT, 2, at(0, stamp(LEFT, 0)));
        assertThat(kinds()).containsExactly(Kind.COMMIT_LOST, Kind.OFFSET_TORN);
    }

    @Test
    void allowsAReaderToPassOverMarkers() {
        send(ONE, stamp(LEFT, 0), 0);
        end(ONE, false);
        send(TWO, stamp(LEFT, 1), 2);
        end(TWO, true);
        history.add(new Event.Read("tail", LEFT, List.of(at(0, stamp(LEFT, 0)), at(2, stamp(LEFT, 1)))));
        auditLogs();
        audit(LEFT, 4, at(2, stamp(LEFT, 1)));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsARecordThatAReaderPassedOverAsIfItWereAMarker() {
        send(ONE, stamp(LEFT, 0), 0);
        send(ONE, stamp(LEFT, 1), 1);
        send(ONE, stamp(LEFT, 2), 2);
        end(ONE, true);
        history.add(new Event.Read("tail", LEFT, List.of(at(0, stamp(LEFT, 0)), at(2, stamp(LEFT, 2)))));
        auditLogs();
        audit(LEFT, 4, at(0, stamp(LEFT, 0)), at(1, stamp(LEFT, 1)), at(2, stamp(LEFT, 2)));
        assertThat(kinds()).contains(Kind.SKIPPED);
    }

    @Test
    void findsARecordThatIsAcknowledgedWhereAReaderPassed() {
        send(ONE, stamp(LEFT, 0), 1);
        history.add(new Event.Read("tail", LEFT, List.of(at(1, stamp(LEFT, 0)))));
        send(ONE, stamp(LEFT, 1), 0);
        assertThat(kinds()).contains(Kind.SKIPPED);
    }

    private List<Kind> kinds() {
        return HistoryChecker.check(history).stream().map(Violation::kind).toList();
    }

    private static Stamp stamp(LogName log, long number) {
        return new Stamp(log, "producer", number);
    }

    private static Found at(long offset, Stamp stamp) {
        return new Found(offset, stamp);
    }

    private void send(Transaction transaction, Stamp stamp, long offset) {
        history.add(new Event.Sent(stamp, Guarantee.TRANSACTIONAL));
        history.add(new Event.SentIn(transaction, stamp));
        history.add(new Event.Acked(stamp, offset));
    }

    /** Makes the record of that number of the input at that offset, and commits the offset behind it. */
    private void process(Transaction transaction, long inputOffset, long number) {
        history.add(new Event.MadeOf(stamp(LEFT, number), INPUT, inputOffset));
        send(transaction, stamp(LEFT, number), number);
        history.add(new Event.OffsetSentIn(transaction, GROUP, INPUT, inputOffset + 1));
    }

    private void end(Transaction transaction, boolean isCommit) {
        history.add(new Event.EndSent(transaction, isCommit));
        history.add(new Event.EndAcked(transaction, isCommit));
    }

    private void readCommitted(LogName log, Found... records) {
        history.add(new Event.ReadCommitted("reader", log, List.of(records)));
    }

    private void committed(long offset) {
        int question = history.size();
        history.add(new Event.CommitsAsked(question, GROUP));
        history.add(new Event.Commits(question, GROUP, Map.of(INPUT, offset)));
    }

    /** Reads all that was acknowledged, committed or not, as the other audits do. */
    private void auditLogs() {
        for (LogName log : List.of(LEFT, RIGHT)) {
            List<Found> records = new ArrayList<>();
            for (Event event : history) {
                if (event instanceof Event.Acked(var stamp, var offset)
                        && stamp.log().equals(log)) {
                    records.add(at(offset, stamp));
                }
            }
            int audit = history.size();
            history.add(new Event.AuditAsked(audit, List.of(log)));
            history.add(new Event.Audited(audit, log, 0, 0, 1_000, records));
        }
    }

    private void audit(LogName log, long end, Found... records) {
        history.add(new Event.AuditedCommitted(log, end, end, List.of(records)));
    }
}
