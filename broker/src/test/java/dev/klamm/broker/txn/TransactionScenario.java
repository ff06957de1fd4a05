package dev.klamm.broker.txn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.coordinator.LogEntry;
import dev.klamm.broker.coordinator.Moment;
import dev.klamm.broker.coordinator.Reply;
import dev.klamm.broker.coordinator.TransactionalProducer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The transactions' state machine under a script: no threads, no files, a clock that moves when it is told to, and nobody who
 * writes markers until the script says so. A producer (alice, bob) remembers its producer id and epoch from the answers it
 * gets, as real ones do; all use the transactional id {@code t}. After each command the records so far are read into a second
 * machine, which must come to the same.
 */
final class TransactionScenario {
    private static final String ID = "t";

    private record Client(long producerId, short epoch) {}

    private TransactionConfig config = TransactionConfig.DEFAULT;
    private Transactions transactions = fresh();
    private Moment now = new Moment(1_000_000, 0);
    private final List<TransactionRecord> log = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final Map<String, Client> clients = new HashMap<>();
    private @Nullable Transaction prepared; // whose markers are being written
    private long nextProducerId = 1;
    private boolean isLogFull;
    private String asking = ""; // whose command it is
    private boolean isEnding; // and whether it is to end the transaction
    private boolean needsId;

    private Transactions fresh() {
        return new Transactions(() -> config, id -> events.add("overdue: " + id));
    }

    /** Runs one command, {@code verb [client] [key=value]...}; returns what came of it, a line each. */
    List<String> run(String line) {
        events.clear();
        isEnding = line.startsWith("commit") || line.startsWith("abort");
        String before = describe();
        List<String> words = Arrays.asList(line.split(" +"));
        var args = new Args(words);
        switch (words.getFirst()) {
            case "config" -> configure(args);
            case "init" -> init(args);
            case "add" -> add(args);
            case "verify" -> verify(args);
            case "commit" -> end(args, true);
            case "abort" -> end(args, false);
            case "markers" -> settle(args);
            case "end-overdue" -> take(args.name, id -> transactions.endOverdue(ID, id, this::outcome, now));
            case "advance" -> advance(Long.parseLong(args.name));
            case "clean-up" -> take(transactions.cleanUp(ID, now));
            case "restart" -> restart();
            case "fill-log" -> isLogFull = true;
            default -> throw new IllegalArgumentException("no such command: " + line);
        }
        assertThat(recorded(replayed())).isEqualTo(recorded(transactions));
        if (!describe().equals(before)) {
            events.add(describe());
        }
        return events;
    }

    private void configure(Args args) {
        config = new TransactionConfig(900_000, args.number("expiration", 604_800_000), 3_600_000, false, true, (short)
                args.number("version", 2));
        transactions = fresh();
        // So that a script gets to where epochs run out.
        int epoch = args.number("epoch", -1);
        if (epoch >= 0) {
            Transaction used = Transaction.created(ID, nextProducerId++, 60_000, now.wallMs())
                    .initialized(1, (short) epoch, (short) -1, 60_000, now.wallMs());
            log.add(TransactionRecord.of(used, config.recordVersion()));
            transactions = replayed();
        }
    }

    private void init(Args args) {
        Client client = client(args);
        boolean goesOn = args.values.containsKey("goes-on");
        var request = new Initializing(
                ID,
                args.number("timeout", 60_000),
                goesOn
                        ? Optional.of(new Initializing.Expected(client.producerId(), client.epoch()))
                        : Optional.empty());
        take(args.name, unusedId -> transactions.initialize(request, unusedId, this::outcome, now));
    }

    private void add(Args args) {
        Client client = client(args);
        take(transactions.add(
                ID,
                new TransactionalProducer(client.producerId(), client.epoch()),
                partitions(args.text("to", "rides-0")),
                (short) args.number("version", 2),
                error -> events.add(args.name + ": " + error),
                now));
    }

    private void verify(Args args) {
        Client client = client(args);
        var producer = new TransactionalProducer(client.producerId(), client.epoch());
        partitions(args.text("to", "rides-0"))
                .forEach(partition ->
                        events.add(args.name + ": " + partition + " " + transactions.verify(ID, producer, partition)));
    }

    private void end(Args args, boolean isCommit) {
        Client client = client(args);
        var request = new Ending(client.producerId(), client.epoch(), isCommit, (short) args.number("version", 2));
        take(args.name, unusedId -> transactions.end(ID, request, unusedId, this::outcome, now));
    }

    /** Takes a step, with a fresh producer id if it needs one. */
    private void take(String name, LongFunction<TransactionStep> plan) {
        asking = name;
        needsId = false;
        take(plan.apply(-1));
        if (needsId) {
            take(plan.apply(nextProducerId++));
        }
    }

    private void outcome(Outcome outcome) {
        switch (outcome) {
            case Outcome.Refused(Errors error) -> events.add(asking + ": " + error);
            case Outcome.Done done -> answer(done);
            case Outcome.NeedsProducerId needs -> needsId = true;
            case Outcome.Prepared(Transaction transaction, Outcome.Done answer) -> {
                prepared = transaction;
                events.add((transaction.isCommit() ? "commit" : "abort") + " markers of "
                        + transaction.producerId() + "/" + transaction.producerEpoch() + " version "
                        + transaction.clientVersion() + " to " + names(transaction.partitions()));
                // Of an abort that it did not ask for nobody hears; the shell goes on by itself.
                if (isEnding) {
                    answer(answer);
                }
            }
        }
    }

    private void answer(Outcome.Done done) {
        if (done.producerId() < 0) {
            events.add(asking + ": NONE");
        } else {
            events.add(asking + ": goes on as " + done.producerId() + "/" + done.producerEpoch());
            clients.put(asking, new Client(done.producerId(), done.producerEpoch()));
        }
    }

    private void settle(Args args) {
        Transaction ending = Objects.requireNonNull(prepared);
        prepared = null;
        Set<TopicPartition> failed = partitions(args.text("without", ""));
        take(
                failed.isEmpty()
                        ? transactions.complete(ending, _ -> {}, now)
                        : transactions.retryLater(ending.lacking(failed), _ -> {}, now));
    }

    private void advance(long ms) {
        now = now.plusMs(ms);
        transactions.due(ID, now).ifPresent(this::take);
    }

    /** Whether somebody writes markers, who is to say what became of them. */
    boolean isWritingMarkers() {
        return prepared != null;
    }

    @Nullable
    Transaction transaction() {
        return transactions.find(ID);
    }

    long deadlineMs() {
        return transactions.deadlineMs();
    }

    private void restart() {
        prepared = null;
        transactions = replayed();
        take(transactions.loaded(ID, now));
        transactions.due(ID, now).ifPresent(this::take);
    }

    private void take(TransactionStep step) {
        if (isLogFull && !step.records().isEmpty()) {
            isLogFull = false;
            events.add("log refuses");
            transactions.notWritten(step, Errors.UNKNOWN_SERVER_ERROR, now).ifPresent(this::take);
            return;
        }
        step.records().forEach(record -> events.add("log: " + describe(record.transaction())));
        log.addAll(step.records());
        transactions.apply(step, 0);
        step.replies().forEach(Reply::deliver);
    }

    private Transactions replayed() {
        Transactions machine = fresh();
        for (TransactionRecord record : log) {
            byte[] value = record.valueBytes();
            machine.replay(new LogEntry.Written(
                    0, ByteBuffer.wrap(record.keyBytes()), value == null ? null : ByteBuffer.wrap(value), null));
        }
        return machine;
    }

    /** What must survive a restart: all but the last epoch, and which markers are written already. */
    private static List<String> recorded(Transactions machine) {
        return machine.all().stream()
                .map(t -> t.initialized(t.producerId(), t.producerEpoch(), (short) -1, t.timeoutMs(), t.lastUpdateMs())
                        + " " + t.status() + " since " + t.startMs())
                .toList();
    }

    private String describe() {
        return "state: " + describe(transactions.find(ID));
    }

    private static String describe(@Nullable Transaction t) {
        if (t == null) {
            return "unknown";
        }
        return t.status().label() + " " + t.producerId() + "/" + t.producerEpoch()
                + (t.nextProducerId() < 0 ? "" : ", next " + t.nextProducerId())
                + (t.partitions().isEmpty() ? "" : ", " + names(t.partitions()));
    }

    private static String names(Set<TopicPartition> partitions) {
        return partitions.isEmpty()
                ? "nobody"
                : partitions.stream().map(TopicPartition::toString).sorted().collect(Collectors.joining(" "));
    }

    private static Set<TopicPartition> partitions(String names) {
        return Stream.of(names.split(","))
                .filter(name -> !name.isEmpty())
                .map(name -> {
                    int dash = name.lastIndexOf('-');
                    return new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
                })
                .collect(Collectors.toSet());
    }

    private Client client(Args args) {
        Client known = clients.getOrDefault(args.name, new Client(-1, (short) -1));
        return new Client(args.number("id", (int) known.producerId()), (short) args.number("epoch", known.epoch()));
    }

    /** The words behind the verb: a name, if the first has no equals sign, and values by key. */
    private static final class Args {
        final String name;
        final Map<String, String> values = new HashMap<>();

        Args(List<String> words) {
            name = words.size() > 1 && !words.get(1).contains("=") ? words.get(1) : "";
            for (String word : words) {
                String[] pair = word.split("=", 2);
                values.put(pair[0], pair.length == 2 ? pair[1] : "");
            }
        }

        String text(String key, String otherwise) {
            return values.getOrDefault(key, otherwise);
        }

        int number(String key, int otherwise) {
            return Optional.ofNullable(values.get(key)).map(Integer::parseInt).orElse(otherwise);
        }
    }
}
