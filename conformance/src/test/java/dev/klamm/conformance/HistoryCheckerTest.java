package dev.klamm.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.conformance.Event.Found;
import dev.klamm.conformance.Event.Guarantee;
import dev.klamm.conformance.Event.Keeps;
import dev.klamm.conformance.Violation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Histories made by hand, each with one thing wrong, or with what looks wrong and is not. */
final class HistoryCheckerTest {
    private static final LogName LOG = new LogName("topic", 0, 0);
    private static final String GROUP = "group";

    private final List<Event> history = new ArrayList<>();

    @Test
    void findsNothingInAHistoryWithoutAFault() {
        ackedAt(0, Guarantee.ONCE);
        ackedAt(1, Guarantee.ONCE);
        history.add(new Event.Read("tail", LOG, found(0, 1)));
        end();
        audit(0, 2, found(0, 1));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsAnAcknowledgedRecordThatIsNotThere() {
        ackedAt(0, Guarantee.SYNCED);
        ackedAt(1, Guarantee.SYNCED);
        audit(0, 1, found(0));
        assertThat(kinds()).containsExactly(Kind.LOST);
    }

    @Test
    void findsAHoleInTheMiddle() {
        ackedAt(0, Guarantee.ONCE);
        ackedAt(1, Guarantee.ONCE);
        ackedAt(2, Guarantee.ONCE);
        audit(0, 3, found(0, 2));
        assertThat(kinds()).containsExactly(Kind.LOST);
    }

    @Test
    void missesARecordOfAcks1AfterTheEndOfTheProcessThatAcknowledgedIt() {
        ackedAt(0, Guarantee.WRITTEN);
        end();
        audit(0, 0, List.of());
        assertThat(kinds()).containsExactly(Kind.LOST);
    }

    @Test
    void allowsARecordOfAcks1NotToBeVisibleYet() {
        ackedAt(0, Guarantee.WRITTEN);
        audit(0, 0, List.of());
        end();
        audit(0, 1, found(0));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void missesARecordThatWasAcknowledgedWithoutAnOffset() {
        history.add(new Event.Sent(stamp(0), Guarantee.ONCE));
        history.add(new Event.Acked(stamp(0), -1));
        audit(0, 0, List.of());
        assertThat(kinds()).containsExactly(Kind.LOST);
    }

    @Test
    void allowsAnUnacknowledgedRecordToBeThereOrNot() {
        history.add(new Event.Sent(stamp(0), Guarantee.SYNCED));
        history.add(new Event.Failed(stamp(0), "gone"));
        history.add(new Event.Sent(stamp(1), Guarantee.SYNCED));
        history.add(new Event.Failed(stamp(1), "gone"));
        audit(0, 1, List.of(new Found(0, stamp(1))));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsARecordThatWasReadAndIsGone() {
        history.add(new Event.Sent(stamp(0), Guarantee.SYNCED));
        history.add(new Event.Read("tail", LOG, found(0)));
        audit(0, 0, List.of());
        assertThat(kinds()).containsExactly(Kind.UNREAD);
    }

    @Test
    void findsAnotherRecordWhereOneWasRead() {
        history.add(new Event.Sent(stamp(0), Guarantee.SYNCED));
        history.add(new Event.Sent(stamp(1), Guarantee.SYNCED));
        history.add(new Event.Read("tail", LOG, found(0)));
        audit(0, 1, List.of(new Found(0, stamp(1))));
        assertThat(kinds()).containsExactly(Kind.UNREAD);
    }

    @Test
    void findsARecordThatIsNotWhereItsAcknowledgementSaid() {
        ackedAt(0, Guarantee.SYNCED);
        history.add(new Event.Sent(stamp(1), Guarantee.SYNCED));
        audit(0, 1, List.of(new Found(0, stamp(1))));
        assertThat(kinds()).containsExactly(Kind.MISPLACED);
    }

    @Test
    void findsTwoAcknowledgementsOfOneOffset() {
        ackedAt(0, Guarantee.SYNCED);
        history.add(new Event.Sent(stamp(1), Guarantee.SYNCED));
        history.add(new Event.Acked(stamp(1), 0));
        audit(0, 1, found(0));
        assertThat(kinds()).containsExactly(Kind.MISPLACED);
    }

    @Test
    void findsARecordOfAnIdempotentProducerThatIsThereTwice() {
        ackedAt(0, Guarantee.ONCE);
        audit(0, 2, List.of(new Found(0, stamp(0)), new Found(1, stamp(0))));
        assertThat(kinds()).contains(Kind.DUPLICATED);
    }

    @Test
    void findsARecordThatWasSentOnceAndIsThereTwice() {
        ackedAt(0, Guarantee.WRITTEN);
        end();
        audit(0, 2, List.of(new Found(0, stamp(0)), new Found(1, stamp(0))));
        assertThat(kinds()).containsExactly(Kind.DUPLICATED);
    }

    @Test
    void allowsARecordThatWasSentTwiceToBeThereTwice() {
        history.add(new Event.Sent(stamp(0), Guarantee.SYNCED));
        history.add(new Event.Failed(stamp(0), "no answer"));
        history.add(new Event.Sent(stamp(0), Guarantee.SYNCED));
        history.add(new Event.Acked(stamp(0), 1));
        audit(0, 2, List.of(new Found(0, stamp(0)), new Found(1, stamp(0))));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsRecordsOfAnIdempotentProducerInAnotherOrder() {
        history.add(new Event.Sent(stamp(0), Guarantee.ONCE));
        history.add(new Event.Sent(stamp(1), Guarantee.ONCE));
        audit(0, 2, List.of(new Found(0, stamp(1)), new Found(1, stamp(0))));
        assertThat(kinds()).containsExactly(Kind.REORDERED);
    }

    @Test
    void findsARecordThatNobodySent() {
        audit(0, 1, List.of(new Found(0, stamp(7))));
        assertThat(kinds()).containsExactly(Kind.INVENTED);
    }

    @Test
    void findsARecordWhoseBytesAreNotThoseThatWereSent() {
        audit(0, 1, List.of(new Found(0, null)));
        assertThat(kinds()).containsExactly(Kind.INVENTED);
    }

    @Test
    void findsARecordOfADeletedTopicInTheNextOfThatName() {
        var next = new LogName("topic", 1, 0);
        ackedAt(0, Guarantee.SYNCED);
        history.add(new Event.DeletionSent("topic", 0));
        history.add(new Event.DeletionAcked("topic", 0));
        history.add(new Event.AuditAsked(0, List.of(next)));
        history.add(new Event.Audited(0, next, 0, 0, 1, found(0)));
        assertThat(kinds()).containsExactly(Kind.INVENTED);
    }

    @Test
    void expectsNothingOfADeletedTopic() {
        ackedAt(0, Guarantee.ONCE);
        history.add(new Event.Sent(stamp(1), Guarantee.ONCE));
        history.add(new Event.DeletionSent("topic", 0));
        history.add(new Event.Failed(stamp(1), "no such topic"));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsAReaderThatWasNotGivenARecordBetweenTwo() {
        ackedAt(0, Guarantee.SYNCED);
        ackedAt(1, Guarantee.SYNCED);
        ackedAt(2, Guarantee.SYNCED);
        history.add(new Event.Read("tail", LOG, found(0, 2)));
        audit(0, 3, found(0, 1, 2));
        assertThat(kinds()).containsExactly(Kind.SKIPPED);
    }

    @Test
    void findsASendThatFailedForGoodThoughItsProducerNeverGivesUp() {
        history.add(new Event.Sent(stamp(0), Guarantee.ONCE));
        history.add(new Event.Failed(stamp(0), "out of order"));
        assertThat(kinds()).containsExactly(Kind.REFUSED);
    }

    @Test
    void findsALogStartThatNobodyAskedFor() {
        ackedAt(0, Guarantee.SYNCED);
        ackedAt(1, Guarantee.SYNCED);
        audit(1, 2, found(1));
        assertThat(kinds()).containsExactly(Kind.LOG_START);
    }

    @Test
    void findsDeletedRecordsThatComeBack() {
        ackedAt(0, Guarantee.SYNCED);
        ackedAt(1, Guarantee.SYNCED);
        history.add(new Event.DeleteRecordsSent(LOG, 1));
        history.add(new Event.DeleteRecordsAcked(LOG, 1));
        audit(0, 2, found(0, 1));
        assertThat(kinds()).containsExactly(Kind.LOG_START);
    }

    @Test
    void allowsRecordsToBeGoneThatWereToBeDeleted() {
        ackedAt(0, Guarantee.SYNCED);
        ackedAt(1, Guarantee.SYNCED);
        history.add(new Event.DeleteRecordsSent(LOG, 1));
        audit(1, 2, found(1));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsALogStartThatRetentionMovedAndThatGoesBack() {
        history.add(new Event.TopicSent("topic", 0, 1, Keeps.NEWEST));
        ackedAt(0, Guarantee.SYNCED);
        ackedAt(1, Guarantee.SYNCED);
        audit(1, 2, found(1));
        audit(0, 2, found(0, 1));
        assertThat(kinds()).containsExactly(Kind.LOG_START);
    }

    @Test
    void allowsACompactedLogToDropWhatALaterRecordReplaces() {
        history.add(new Event.TopicSent("topic", 0, 1, Keeps.LATEST));
        Stamp replacing = replacing(stamp(0));
        ackedAt(0, Guarantee.SYNCED);
        history.add(new Event.Sent(replacing, Guarantee.SYNCED));
        audit(0, 1, List.of());
        audit(0, 2, List.of(new Found(1, replacing)));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsTheLastRecordOfAKeyMissingFromACompactedLog() {
        history.add(new Event.TopicSent("topic", 0, 1, Keeps.LATEST));
        ackedAt(0, Guarantee.SYNCED);
        ackedAt(1, Guarantee.SYNCED);
        audit(0, 2, found(1));
        assertThat(kinds()).containsExactly(Kind.LOST);
    }

    @Test
    void findsACommitThatIsGone() {
        committed(5);
        history.add(new Event.CommitsAsked(0, GROUP));
        history.add(new Event.Commits(0, GROUP, Map.of()));
        assertThat(kinds()).containsExactly(Kind.COMMIT_LOST);
    }

    @Test
    void findsACommitThatGoesBack() {
        committed(5);
        committed(9);
        history.add(new Event.CommitsAsked(0, GROUP));
        history.add(new Event.Commits(0, GROUP, Map.of(LOG, 5L)));
        assertThat(kinds()).containsExactly(Kind.COMMIT_LOST);
    }

    @Test
    void findsACommitThatWasSeenAndIsGone() {
        history.add(new Event.CommitSent(GROUP, LOG, 5));
        history.add(new Event.CommitsAsked(0, GROUP));
        history.add(new Event.Commits(0, GROUP, Map.of(LOG, 5L)));
        history.add(new Event.CommitsAsked(1, GROUP));
        history.add(new Event.Commits(1, GROUP, Map.of()));
        assertThat(kinds()).containsExactly(Kind.COMMIT_LOST);
    }

    @Test
    void allowsAnAnswerToBeAsOldAsItsQuestion() {
        committed(5);
        history.add(new Event.CommitsAsked(0, GROUP));
        committed(9);
        history.add(new Event.Commits(0, GROUP, Map.of(LOG, 5L)));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void findsACommitThatNobodyMade() {
        history.add(new Event.CommitsAsked(0, GROUP));
        history.add(new Event.Commits(0, GROUP, Map.of(LOG, 5L)));
        assertThat(kinds()).containsExactly(Kind.COMMIT_INVENTED);
    }

    @Test
    void findsAnAcknowledgedTopicThatIsNotThere() {
        history.add(new Event.TopicSent("topic", 0, 2, Keeps.ALL));
        history.add(new Event.TopicAcked("topic", 0, 2));
        topics(Map.of());
        assertThat(kinds()).containsExactly(Kind.TOPIC);
    }

    @Test
    void findsAPartitionThatIsGone() {
        history.add(new Event.TopicSent("topic", 0, 1, Keeps.ALL));
        history.add(new Event.TopicAcked("topic", 0, 1));
        history.add(new Event.TopicSent("topic", 0, 2, Keeps.ALL));
        history.add(new Event.TopicAcked("topic", 0, 2));
        topics(Map.of("topic", 1));
        assertThat(kinds()).containsExactly(Kind.TOPIC);
    }

    @Test
    void findsADeletedTopicThatIsThereAgain() {
        history.add(new Event.TopicSent("topic", 0, 1, Keeps.ALL));
        history.add(new Event.TopicAcked("topic", 0, 1));
        history.add(new Event.DeletionSent("topic", 0));
        history.add(new Event.DeletionAcked("topic", 0));
        topics(Map.of("topic", 1));
        assertThat(kinds()).containsExactly(Kind.TOPIC);
    }

    @Test
    void allowsAChangeThatIsOnItsWayToBeSeenOrNot() {
        history.add(new Event.TopicSent("topic", 0, 1, Keeps.ALL));
        topics(Map.of());
        topics(Map.of("topic", 1));
        assertThat(kinds()).isEmpty();
    }

    @Test
    void saysWhenNothingHasBeenLookedFor() {
        ackedAt(0, Guarantee.SYNCED);
        assertThat(kinds()).containsExactly(Kind.UNCHECKED);
    }

    private List<Kind> kinds() {
        return HistoryChecker.check(history).stream().map(Violation::kind).toList();
    }

    private static Stamp stamp(long number) {
        return new Stamp(LOG, "producer", number);
    }

    /** A later record of the same key. */
    private static Stamp replacing(Stamp stamp) {
        long number = stamp.number() + 1;
        while (!stamp(number).key().equals(stamp.key())) {
            number++;
        }
        return stamp(number);
    }

    /** Records that are at the offset that is their number. */
    private static List<Found> found(long... numbers) {
        List<Found> found = new ArrayList<>();
        for (long number : numbers) {
            found.add(new Found(number, stamp(number)));
        }
        return found;
    }

    private void ackedAt(long number, Guarantee guarantee) {
        history.add(new Event.Sent(stamp(number), guarantee));
        history.add(new Event.Acked(stamp(number), number));
    }

    private void end() {
        history.add(new Event.Ended());
    }

    private void audit(long logStart, long end, List<Found> records) {
        int audit = history.size();
        history.add(new Event.AuditAsked(audit, List.of(LOG)));
        history.add(new Event.Audited(audit, LOG, logStart, logStart, end, records));
    }

    private void committed(long offset) {
        history.add(new Event.CommitSent(GROUP, LOG, offset));
        history.add(new Event.CommitAcked(GROUP, LOG, offset));
    }

    private void topics(Map<String, Integer> partitions) {
        int question = history.size();
        history.add(new Event.TopicsAsked(question));
        history.add(new Event.Topics(question, partitions));
    }
}
