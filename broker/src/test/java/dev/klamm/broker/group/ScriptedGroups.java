package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.LogEntry;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.Reply;
import dev.klamm.broker.coordinator.TransactionalProducer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The machine that a script is about, with a log, a clock, and what each client remembers of the answers it got. */
final class ScriptedGroups {
    static final String GROUP = "g";

    /** @param generation or member epoch */
    record Client(String memberId, int generation) {}

    private GroupConfig config = GroupConfig.DEFAULT;
    private final ScriptedCluster cluster = new ScriptedCluster();
    private Groups groups = new Groups(config, cluster);
    private Moment now = new Moment(1_000_000, 0);
    private final List<LogEntry> log = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final Map<String, Client> clients = new HashMap<>();
    private boolean isLogFull;

    Groups groups() {
        return groups;
    }

    ScriptedCluster cluster() {
        return cluster;
    }

    GroupConfig config() {
        return config;
    }

    Moment now() {
        return now;
    }

    GroupState state() {
        return groups.group(GROUP).state();
    }

    /** What came of commands since the last call. */
    List<String> takeEvents() {
        List<String> taken = List.copyOf(events);
        events.clear();
        return taken;
    }

    void event(String text) {
        events.add(text);
    }

    void say(String client, String verb, short errorCode, String detail) {
        Errors error = Errors.forCode(errorCode);
        String what = error == Errors.NONE ? "ok" : error.name();
        event((client + " " + verb + ": " + what + " " + detail).strip());
    }

    Client client(String name) {
        return clients.getOrDefault(name, new Client("", -1));
    }

    void remember(String name, String memberId, int generation) {
        clients.put(name, new Client(memberId, generation));
    }

    /** As a broker has it that is started again with other settings. */
    void configure(GroupConfig changed) {
        config = changed;
        restart();
    }

    void take(Step step) {
        if (isLogFull && !step.records().isEmpty()) {
            isLogFull = false;
            event("log refuses");
            groups.notWritten(step, Errors.UNKNOWN_SERVER_ERROR, now).ifPresent(this::take);
            return;
        }
        step.records().forEach(record -> event("log: " + ScriptTexts.of(record)));
        long baseOffset = log.size();
        step.records().forEach(record -> log.add(entry(record, step.transaction())));
        groups.apply(step, baseOffset);
        step.replies().forEach(Reply::deliver);
    }

    void endTransaction(TransactionalProducer producer, boolean isCommit) {
        log.add(new LogEntry.Marker(producer, 0, isCommit));
        groups.endTransaction(producer.producerId(), isCommit);
    }

    void fillLog() {
        isLogFull = true;
    }

    void advance(long ms) {
        now = now.plusMs(ms);
        Optional<Step> due = groups.due(GROUP, now);
        while (due.isPresent()) {
            take(due.get());
            due = groups.due(GROUP, now);
        }
    }

    void restart() {
        groups = replayed(log);
        take(groups.loaded(GROUP, now));
    }

    private LogEntry entry(GroupRecord record, @Nullable TransactionalProducer transaction) {
        byte[] value = record.valueBytes();
        return new LogEntry.Written(
                log.size(),
                ByteBuffer.wrap(record.keyBytes()),
                value == null ? null : ByteBuffer.wrap(value),
                transaction);
    }

    private Groups replayed(List<LogEntry> entries) {
        var fresh = new Groups(config, cluster);
        entries.stream().map(ScriptedGroups::readAgain).forEach(fresh::replay);
        return fresh;
    }

    private static LogEntry readAgain(LogEntry entry) {
        return switch (entry) {
            case LogEntry.Written w ->
                new LogEntry.Written(
                        w.offset(),
                        w.key().duplicate(),
                        w.value() == null ? null : w.value().duplicate(),
                        w.transaction());
            case LogEntry.Marker marker -> marker;
        };
    }

    /** What must survive a restart, of the machine as it is. */
    Map<String, String> durable() {
        return durable(groups);
    }

    /** The same of one that has read the log. */
    Map<String, String> durableInLog() {
        return durable(replayed(log));
    }

    /** What compaction must not change, of the machine as it is. */
    Map<String, String> lasting() {
        return lasting(groups);
    }

    /** The same of one that has read what compaction leaves of the log. */
    Map<String, String> lastingInCompactedLog() {
        return lasting(replayed(CompactedEntries.of(log)));
    }

    /** It may take an empty classic group that has nothing, or the time since when it is there. */
    private Map<String, String> lasting(Groups of) {
        Map<String, String> facts = durable(of);
        if (!(state() instanceof ConsumerGroup)) {
            facts.remove(GROUP);
        }
        return facts;
    }

    /** Offsets; a consumer group as it is; of a classic one that is at rest who has what. */
    private Map<String, String> durable(Groups of) {
        var facts = new TreeMap<String, String>();
        for (Group group : of.all()) {
            facts.put(group.id(), atRest(group) ? ScriptTexts.all(group) : "");
            group.offsets()
                    .forEach((topic, p, offset) ->
                            facts.merge(group.id() + topic + p, offset.toString(), (one, other) -> one + other));
        }
        facts.replaceAll((key, fact) -> key.equals(GROUP) && !atRest(groups.group(GROUP)) ? "" : fact);
        return facts;
    }

    private static boolean atRest(Group group) {
        return group.state() instanceof Empty
                || group.state() instanceof Stable
                || group.state() instanceof ConsumerGroup;
    }
}
