package dev.klamm.conformance;

import dev.klamm.conformance.Event.Keeps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds what a history of the crash harness contradicts, of what is promised to clients of a broker that is killed: no
 * acknowledged record is lost, nothing is there twice that was sent once, in another order or place, what has been read
 * stays, nothing comes from nowhere; commits, topics and log starts do not go back; transactions are there as a whole or not
 * at all. Pure: events in, violations out.
 */
final class HistoryChecker {
    private final List<Violation> violations = new ArrayList<>();
    private final Map<LogName, LogChecker> logs = new HashMap<>();
    private final Map<String, CommitChecker> groups = new HashMap<>();
    private final Map<String, TopicChecker> topics = new HashMap<>();
    private final Map<String, Keeps> keeps = new HashMap<>();

    private final TransactionChecker transactions = new TransactionChecker(violations::add);
    private final OutputChecker outputs = new OutputChecker(violations::add);

    private HistoryChecker() {}

    /** In the order in which the events show them; empty if nothing is wrong. */
    static List<Violation> check(List<Event> events) {
        var checker = new HistoryChecker();
        events.forEach(checker::take);
        checker.logs.values().forEach(LogChecker::finish);
        checker.transactions.finish();
        checker.outputs.finish(checker.transactions.visible().values());
        return checker.violations;
    }

    private void take(Event event) {
        switch (event) {
            case Event.Sent(var stamp, var guarantee) -> log(stamp.log()).sent(stamp, guarantee);
            case Event.Acked(var stamp, var offset) -> log(stamp.log()).acked(stamp, offset);
            case Event.Failed(var stamp, var why) -> log(stamp.log()).failed(stamp, why);
            case Event.Read(var reader, var log, var records) -> log(log).read(reader, records);
            case Event.AuditAsked(var audit, var asked) -> asked.forEach(log -> log(log).auditAsked(audit));
            case Event.Audited audited -> log(audited.log()).audited(audited);
            case Event.CommitSent(var group, var log, var offset) ->
                group(group).sent(log, offset);
            case Event.CommitAcked(var group, var log, var offset) ->
                group(group).acked(log, offset);
            case Event.CommitsAsked(var question, var group) -> group(group).asked(question);
            case Event.Commits commits -> {
                group(commits.group()).answered(commits);
                outputs.committed(commits.group(), commits.offsets());
            }
            case Event.SentIn(var transaction, var stamp) -> transactions.sent(transaction, stamp);
            case Event.MadeOf(var stamp, var log, var offset) -> outputs.madeOf(stamp, log, offset);
            case Event.OffsetSentIn(var transaction, var group, var log, var offset) -> {
                outputs.offsetSent(group);
                transactions.offsetSent(transaction, group, log, offset);
                group(group).sent(log, offset);
            }
            case Event.EndSent(var transaction, var isCommit) -> transactions.endSent(transaction, isCommit);
            case Event.EndAcked(var transaction, var isCommit) -> {
                transactions.endAcked(transaction, isCommit);
                if (isCommit) {
                    transactions
                            .offsets(transaction)
                            .forEach(it -> group(it.group()).acked(it.log(), it.offset()));
                }
            }
            case Event.ReadCommitted(var reader, var log, var records) -> transactions.read(reader, log, records);
            case Event.AuditedCommitted audited -> transactions.audited(audited);
            case Event.DeleteRecordsSent(var log, var before) -> log(log).deleteRecordsSent(before);
            case Event.DeleteRecordsAcked(var log, var before) -> log(log).deleteRecordsAcked(before);
            case Event.TopicSent sent -> {
                keeps.put(sent.topic(), sent.keeps());
                topic(sent.topic()).sent(sent.partitions());
            }
            case Event.TopicAcked acked -> topic(acked.topic()).acked(acked.partitions());
            case Event.DeletionSent(var topic, var incarnation) -> {
                topic(topic).sent(0);
                logs.values().forEach(log -> log.deletionSent(topic, incarnation));
            }
            case Event.DeletionAcked deleted -> topic(deleted.topic()).acked(0);
            case Event.TopicsAsked(var question) -> topics.values().forEach(topic -> topic.asked(question));
            case Event.Topics(var question, var partitions) ->
                topics.forEach((name, topic) -> topic.answered(question, partitions.getOrDefault(name, 0)));
            case Event.Ended() -> logs.values().forEach(LogChecker::ended);
        }
    }

    private LogChecker log(LogName name) {
        return logs.computeIfAbsent(
                name, log -> new LogChecker(log, keeps.getOrDefault(log.topic(), Keeps.ALL), violations::add));
    }

    private CommitChecker group(String name) {
        return groups.computeIfAbsent(name, group -> new CommitChecker(group, violations::add));
    }

    private TopicChecker topic(String name) {
        return topics.computeIfAbsent(name, topic -> new TopicChecker(topic, violations::add));
    }
}
