package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.config.GroupValues;
import dev.klamm.broker.config.MigrationPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The group state machine under a script: no threads, no files, a clock that moves when it is told to. A client (alice,
 * bob) remembers its member id and generation from the answers it gets, as real ones do. After each command the records
 * so far are read into a second machine, which must come to the same.
 */
final class Scenario {
    private final ScriptedGroups machine = new ScriptedGroups();
    private final ClassicScript classic = new ClassicScript(machine);
    private final ConsumerScript consumers = new ConsumerScript(machine);
    private final OffsetScript offsets = new OffsetScript(machine);

    /** Runs one command, {@code verb [client] [key=value]...}; returns what came of it, a line each. */
    List<String> run(String line) {
        String before = ScriptTexts.of(machine.state());
        List<String> words = Arrays.asList(line.split(" +"));
        run(words.getFirst(), new ScriptArgs(words));
        assertThat(machine.durableInLog()).isEqualTo(machine.durable());
        assertThat(machine.lastingInCompactedLog()).isEqualTo(machine.lasting());
        String after = ScriptTexts.of(machine.state());
        if (!after.equals(before)) {
            machine.event("group: " + after);
        }
        return machine.takeEvents();
    }

    private void run(String verb, ScriptArgs args) {
        switch (verb) {
            case "config" -> configure(args);
            case "join" -> classic.join(args);
            case "sync" -> classic.sync(args);
            case "heartbeat" -> classic.heartbeat(args);
            case "leave" -> classic.leave(args);
            case "enter" -> consumers.enter(args);
            case "beat" -> consumers.beat(args);
            case "quit" -> consumers.quit(args);
            case "describe" -> consumers.describe();
            case "list" -> consumers.list(args);
            case "topic" -> machine.cluster().put(args.name(), args.number("partitions", 1));
            case "drop-topic" -> machine.cluster().delete(args.name());
            case "commit" -> offsets.commit(args);
            case "txn-commit" -> offsets.commitInTransaction(args);
            case "end-txn" -> offsets.endTransaction(args);
            case "fetch" -> offsets.fetch(args);
            case "delete-offsets" -> offsets.deleteOffsets(args);
            case "delete-group" -> offsets.deleteGroup();
            case "delete-topic" -> offsets.forgetTopic(args.name());
            case "expire-offsets" -> machine.take(machine.groups().cleanUp(ScriptedGroups.GROUP, machine.now()));
            case "advance" -> machine.advance(Long.parseLong(args.name()));
            case "restart" -> machine.restart();
            case "fill-log" -> machine.fillLog();
            case "offsets" -> offsets.offsets();
            default -> throw new IllegalArgumentException("no such command: " + verb);
        }
    }

    private void configure(ScriptArgs args) {
        GroupConfig config = machine.config();
        var limits = new GroupConfig.Consumers(
                args.number("consumer-max-size", Integer.MAX_VALUE),
                config.consumers().assignors(),
                MigrationPolicy.valueOf(args.text("policy", "bidirectional").toUpperCase(Locale.ROOT)),
                args.number("regex-refresh", config.consumers().regexRefreshIntervalMs()));
        machine.configure(new GroupConfig(
                config.minSessionTimeoutMs(),
                config.maxSessionTimeoutMs(),
                args.number("delay", 0),
                args.number("max-size", Integer.MAX_VALUE),
                args.number("max-metadata", 4096),
                args.number("retention", 1000),
                config.offsetsRetentionCheckIntervalMs(),
                limits));
        machine.cluster()
                .set(new GroupValues(
                        args.number("consumer-session", 45_000), 5_000, args.number("assignment-interval", 0)));
    }
}
