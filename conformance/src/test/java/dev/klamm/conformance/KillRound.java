package dev.klamm.conformance;

import dev.klamm.conformance.Event.Guarantee;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Some kills of one broker, with topics of its own and a history that is checked at its end: rounds bound what a long run
 * keeps in memory and on disk.
 */
final class KillRound implements AutoCloseable {
    private static final int TRANSACTIONAL_SENDERS = 4;
    private static final int PROGRAMS = 2;

    private final BrokerUnderTest broker;
    private final KillStatistics statistics;
    private final History history = new History();
    private final Alarm alarm = new Alarm();
    private final Admin admin;
    private final KillTopics topics;
    private final String group;
    private final String programs;
    private final List<Actor> actors = new ArrayList<>();
    private final TopicChurn churn;

    /** The broker must be running, and is so at the end. */
    KillRound(int number, BrokerUnderTest broker, KillStatistics statistics, Random random) {
        this.broker = broker;
        this.statistics = statistics;
        String servers = broker.bootstrapServers();
        // A call may meet a dozen kills in a row before one process lives long enough to answer it.
        admin = Admin.create(Map.of(
                "bootstrap.servers", servers,
                "reconnect.backoff.max.ms", 100,
                "retry.backoff.max.ms", 100,
                "default.api.timeout.ms", 300_000));
        topics = KillTopics.create(number, admin, history);
        group = "group-" + number;
        programs = "programs-" + number;
        sender("once", Guarantee.ONCE, "none", random);
        sender("once-zstd", Guarantee.ONCE, "zstd", random);
        sender("synced", Guarantee.SYNCED, "snappy", random);
        sender("written", Guarantee.WRITTEN, "none", random);
        actors.add(new TailReader(topics, history, servers, alarm));
        actors.add(new GroupMember(group, 0, topics.readByGroup(), history, servers, alarm));
        actors.add(new GroupMember(group, 1, topics.readByGroup(), history, servers, alarm));
        actors.add(new Auditor(topics, history, new Random(random.nextLong()), servers, alarm));
        actors.add(new AdminWork(group, topics, history, new Random(random.nextLong()), admin, alarm));
        for (int i = 0; i < TRANSACTIONAL_SENDERS; i++) {
            String name = "sender-" + number + "-" + i;
            actors.add(new TransactionalSender(name, topics, history, new Random(random.nextLong()), servers, alarm));
        }
        for (int i = 0; i < PROGRAMS; i++) {
            actors.add(
                    new ReadProcessWrite(programs, i, topics, history, new Random(random.nextLong()), servers, alarm));
        }
        actors.add(new CommittedReader(topics, history, servers, alarm));
        churn = new TopicChurn(topics.churned(), history, new Random(random.nextLong()), servers, admin, alarm);
        actors.add(churn);
    }

    private void sender(String name, Guarantee guarantee, String compression, Random random) {
        actors.add(new Sender(
                name,
                guarantee,
                compression,
                topics,
                history,
                new Random(random.nextLong()),
                broker.bootstrapServers(),
                alarm));
    }

    /** Lets the broker live and die until it has been killed so often, and gives back what the history contradicts. */
    List<Violation> run(int kills, Life.Plan plan) {
        actors.forEach(Actor::start);
        int until = statistics.kills() + kills;
        while (statistics.kills() < until) {
            live(plan.next(statistics.startMs()));
        }
        startBroker();
        actors.forEach(Actor::stop);
        actors.forEach(Actor::join);
        alarm.pause(0);
        // What was acknowledged as written has to be there for whoever asks the next process.
        broker.kill();
        history.add(new Event.Ended());
        startBroker();
        lookAtAll();
        return check();
    }

    /** From a start to an end; the broker is down before and after. */
    private void live(Life life) {
        switch (life) {
            case Life.KilledAtStart(var afterMs) -> {
                if (!broker.isRunning()) {
                    broker.beginStart();
                }
                alarm.pause(afterMs);
            }
            case Life.KilledReady(var afterMs) -> {
                startBroker();
                alarm.pause(afterMs);
            }
            case Life.KilledAtWork(var acked) -> {
                startBroker();
                work(acked);
            }
            case Life.KilledStopping(var acked, var stoppingMs) -> {
                startBroker();
                work(acked);
                broker.beginStop();
                alarm.pause(stoppingMs);
            }
            case Life.Stopped(var acked) -> {
                startBroker();
                work(acked);
                broker.stop();
            }
        }
        boolean wasKilled = broker.kill();
        history.add(new Event.Ended());
        if (!wasKilled && !(life instanceof Life.KilledStopping || life instanceof Life.Stopped)) {
            throw new AssertionError("the broker ended by itself, in " + life + "\n" + broker.transcript());
        }
        statistics.ended(life, wasKilled);
    }

    /** Waits for so many acknowledgements. */
    private void work(int acked) {
        int until = history.acked() + acked;
        long deadline = System.nanoTime() + Program.PATIENCE.toNanos();
        while (history.acked() < until) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "nobody gets on: " + (until - history.acked()) + " acknowledgements are missing");
            }
            alarm.pause(1);
        }
    }

    /** Does nothing if it runs: so it is at the beginning of a round. */
    private void startBroker() {
        if (!broker.isRunning()) {
            long startedNanos = System.nanoTime();
            broker.startAgain();
            statistics.ready((System.nanoTime() - startedNanos) / 1_000_000);
        }
    }

    private void lookAtAll() {
        AdminWork.lookAtTopics(topics.names(), admin, history);
        AdminWork.lookAtCommits(group, admin, history);
        AdminWork.lookAtCommits(programs, admin, history);
        try (var consumer = new StampedConsumer(broker.bootstrapServers(), CommittedReader.CONFIG, 0)) {
            Auditor.auditCommitted(consumer, topics.transactional(), admin, history);
        }
        try (var consumer = new StampedConsumer(broker.bootstrapServers(), Map.of(), 0)) {
            Auditor.audit(consumer, topics.logs(), Integer.MAX_VALUE, history);
        }
    }

    private List<Violation> check() {
        List<Event> events = history.events();
        statistics.take(events);
        return HistoryChecker.check(events);
    }

    /** Frees the disk. */
    void deleteTopics() {
        for (String topic : topics.names()) {
            Answers.of(admin.deleteTopics(List.of(topic)).all())
                    .orIfItWasDoneBefore(UnknownTopicOrPartitionException.class);
        }
    }

    @Override
    public void close() {
        actors.forEach(Actor::stop);
        admin.close(java.time.Duration.ZERO);
    }
}
