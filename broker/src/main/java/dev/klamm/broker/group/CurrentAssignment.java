package dev.klamm.broker.group;

import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;

/**
 * How far a member has come towards its target assignment.
 *
 * <pre>
 *   Stable ──── the target has changed and takes something away ────► UnrevokedPartitions
 *    ▲ │                                                                   │ it has given that up
 *    │ └──── something it is to have is still with others ──┐              │ (or its time is over: it is out)
 *    │                                                      ▼              ▼
 *    └──────────── the others have given it up ──── UnreleasedPartitions ◄─┘ or Stable
 * </pre>
 *
 * @param epoch the target's that it has gone over to; 0 when it joins, {@link #AWAY} for a static member that is away
 * @param previousEpoch before it; a heartbeat with this one is one whose answer was lost
 * @param assigned what it may work on
 * @param revoking what it is to give up, and may still be working on
 */
record CurrentAssignment(int epoch, int previousEpoch, State state, Partitions assigned, Partitions revoking) {

    static final int LEFT = -1;
    static final int AWAY = -2;

    /** Its record was taken back, and the member will be. */
    static final CurrentAssignment GONE =
            new CurrentAssignment(LEFT, LEFT, State.STABLE, Partitions.NONE, Partitions.NONE);

    static final CurrentAssignment NONE = new CurrentAssignment(0, -1, State.STABLE, Partitions.NONE, Partitions.NONE);

    enum State {
        STABLE((byte) 0),
        UNREVOKED_PARTITIONS((byte) 1),
        UNRELEASED_PARTITIONS((byte) 2),
        /** One that a later Kafka has written. */
        UNKNOWN((byte) 127);

        private final byte code;

        State(byte code) {
            this.code = code;
        }

        static State of(byte code) {
            for (State state : values()) {
                if (state.code == code) {
                    return state;
                }
            }
            return UNKNOWN;
        }
    }

    static CurrentAssignment of(ConsumerGroupCurrentMemberAssignmentValue value) {
        return new CurrentAssignment(
                value.memberEpoch(),
                value.previousMemberEpoch(),
                State.of(value.state()),
                Partitions.of(value.assignedPartitions(), value.memberEpoch()),
                Partitions.of(value.partitionsPendingRevocation(), value.memberEpoch()));
    }

    ConsumerGroupCurrentMemberAssignmentValue toValue() {
        return new ConsumerGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(epoch)
                .setPreviousMemberEpoch(previousEpoch)
                .setState(state.code)
                .setAssignedPartitions(assigned.toRecord())
                .setPartitionsPendingRevocation(revoking.toRecord());
    }

    /** A static member that comes back in a place that was kept for it. */
    CurrentAssignment takenOver() {
        return new CurrentAssignment(0, 0, state, assigned, revoking);
    }

    /** A static member that goes and may come back: its partitions wait for it. */
    CurrentAssignment away() {
        return new CurrentAssignment(AWAY, previousEpoch, state, assigned.inEpoch(0), Partitions.NONE);
    }

    boolean isReconciledTo(int targetEpoch) {
        return state == State.STABLE && epoch == targetEpoch;
    }
}
