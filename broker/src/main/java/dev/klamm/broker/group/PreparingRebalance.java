package dev.klamm.broker.group;

import dev.klamm.broker.coordinator.Call;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Members are asked to join again, and those who have wait for the others: until all have, or the longest rebalance
 * timeout is over. A group that was empty waits {@code group.initial.rebalance.delay.ms} instead, as it can't know who
 * will come.
 *
 * @param subscribedTopics of the last generation; null if not known
 * @param initialDelay null unless the group was empty
 */
record PreparingRebalance(
        int generation,
        String protocolType,
        Roster roster,
        @Nullable Set<String> subscribedTopics,
        @Nullable InitialDelay initialDelay,
        long deadlineMs)
        implements ClassicState {

    /**
     * The delay is prolonged by itself while members keep coming, up to their rebalance timeout.
     *
     * @param ms the delay that is running
     * @param leftMs what may be added to it
     * @param hasNewcomers somebody came since it began
     */
    record InitialDelay(int ms, int leftMs, boolean hasNewcomers) {}

    static PreparingRebalance initial(Empty empty, Roster roster, Member first, Step step) {
        int delayMs = step.config().initialRebalanceDelayMs();
        var delay = new InitialDelay(delayMs, Math.max(roster.rebalanceTimeoutMs() - delayMs, 0), false);
        return new PreparingRebalance(
                empty.generation(),
                first.protocolType(),
                roster,
                empty.subscribedTopics(),
                delay,
                step.deadlineIn(delayMs));
    }

    /** The rebalance of a group that has, or had, a generation. Is over at once if all have joined. */
    static ClassicState begin(
            int generation, String protocolType, Roster roster, @Nullable Set<String> topics, Step step) {
        long deadlineMs = step.deadlineIn(roster.rebalanceTimeoutMs());
        return new PreparingRebalance(generation, protocolType, roster, topics, null, deadlineMs)
                .completeIfAllJoined(step);
    }

    @Override
    public String name() {
        return "PreparingRebalance";
    }

    @Override
    public PreparingRebalance with(Roster changed) {
        return new PreparingRebalance(generation, protocolType, changed, subscribedTopics, initialDelay, deadlineMs);
    }

    private PreparingRebalance with(InitialDelay delay, long deadline) {
        return new PreparingRebalance(generation, protocolType, roster, subscribedTopics, delay, deadline);
    }

    /** Counts who has joined: when the limit was lowered, those who come last have to stay outside. */
    @Override
    public boolean hasRoomFor(String memberId, Step step) {
        Member member = roster.member(memberId);
        return (member != null && member.isJoining())
                || roster.joiningCount() < step.config().maxSize();
    }

    @Override
    public ClassicState add(Member member, Step step) {
        // When all have gone, the next one decides what kind of group this is.
        String type = roster.isEmpty() ? member.protocolType() : protocolType;
        InitialDelay delay =
                initialDelay == null ? null : new InitialDelay(initialDelay.ms(), initialDelay.leftMs(), true);
        return new PreparingRebalance(generation, type, roster.add(member), subscribedTopics, delay, deadlineMs)
                .completeIfAllJoined(step);
    }

    @Override
    public ClassicState rejoin(Member member, Join join, Step step) {
        step.dismiss(member, Errors.REBALANCE_IN_PROGRESS);
        return with(roster.update(member.rejoining(join))).completeIfAllJoined(step);
    }

    @Override
    public ClassicState staticMemberIsBack(Roster changed, Member member, String oldLeader, Join join, Step step) {
        return with(changed).completeIfAllJoined(step);
    }

    @Override
    public ClassicState without(Roster rest, Step step) {
        return with(rest).completeIfAllJoined(step);
    }

    @Override
    public ClassicState withoutPending(Roster rest, Step step) {
        return without(rest, step);
    }

    @Override
    public ClassicState sync(Member member, SyncGroupRequestData request, Call<SyncGroupResponseData> call, Step step) {
        step.reply(call, Responses.syncError(Errors.REBALANCE_IN_PROGRESS));
        return this;
    }

    @Override
    public Errors heartbeatAnswer() {
        return Errors.REBALANCE_IN_PROGRESS;
    }

    @Override
    public ClassicState expire(Step step) {
        if (initialDelay == null || !initialDelay.hasNewcomers() || initialDelay.leftMs() == 0) {
            return complete(step);
        }
        int delayMs = Math.min(step.config().initialRebalanceDelayMs(), initialDelay.leftMs());
        int leftMs = Math.max(initialDelay.leftMs() - initialDelay.ms(), 0);
        return with(new InitialDelay(delayMs, leftMs, false), step.deadlineIn(delayMs));
    }

    private ClassicState completeIfAllJoined(Step step) {
        return initialDelay == null && roster.isComplete() ? complete(step) : this;
    }

    /** Goes on with those who have joined, and with static members who may come back in their session. */
    private ClassicState complete(Step step) {
        Roster present = roster;
        for (Member absentee : roster.dynamicAbsentees()) {
            present = Leaving.remove(absentee.id(), present, step);
        }
        if (present.isEmpty()) {
            return becomeEmpty(present, step);
        }
        Optional<Roster> led = present.ledByOneWhoJoined();
        if (led.isEmpty()) {
            // Static members alone, none of which is back: wait on, until their sessions are over.
            return new PreparingRebalance(
                    generation,
                    protocolType,
                    present,
                    subscribedTopics,
                    null,
                    step.deadlineIn(present.rebalanceTimeoutMs()));
        }
        return beginGeneration(led.get(), step);
    }

    private ClassicState becomeEmpty(Roster nobody, Step step) {
        var empty = new Empty(generation + 1, protocolType, nobody, step.now().wallMs());
        step.record(GroupRecord.of(step.group().id(), empty));
        return empty;
    }

    private ClassicState beginGeneration(Roster led, Step step) {
        String protocolName = led.selectProtocol();
        for (Member member : led.all()) {
            if (member.joining() != null) {
                step.reply(member.joining(), joined(led, member, protocolName));
            }
            step.startSession(member);
        }
        Roster joined = led.updateAll(Member::joined);
        return new CompletingRebalance(
                generation + 1,
                protocolType,
                protocolName,
                joined,
                Subscriptions.of(protocolType, protocolName, joined),
                Set.copyOf(joined.ids()),
                step.now().wallMs(),
                step.deadlineIn(joined.rebalanceTimeoutMs()));
    }

    private JoinGroupResponseData joined(Roster led, Member member, String protocolName) {
        String leader = led.leader() == null ? "" : led.leader();
        var response = Responses.joined(member.id(), generation + 1, protocolType, protocolName, leader);
        return response.setMembers(led.isLedBy(member.id()) ? Responses.forLeader(led, protocolName) : List.of());
    }
}
