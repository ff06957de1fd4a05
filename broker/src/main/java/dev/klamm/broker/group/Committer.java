package dev.klamm.broker.group;

import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.jspecify.annotations.Nullable;

/**
 * Who commits offsets, as it says itself.
 *
 * @param memberId empty for one who is no member: an admin client, or a consumer that assigns its partitions itself
 * @param generation of the classic protocol, or the member's epoch; below 0 for one who is no member
 * @param version of the request
 */
record Committer(String memberId, @Nullable String instanceId, int generation, short version, boolean isTransactional) {

    private static final short ANY_VERSION = 0; // nothing depends on it in a transaction
    private static final short FIRST_WITH_MEMBER_EPOCHS = 9;

    static Committer of(OffsetCommitRequestData request, short version) {
        return new Committer(
                request.memberId(), request.groupInstanceId(), request.generationIdOrMemberEpoch(), version, false);
    }

    static Committer of(TxnOffsetCommitRequestData request) {
        return new Committer(request.memberId(), request.groupInstanceId(), request.generationId(), ANY_VERSION, true);
    }

    boolean knowsMemberEpochs() {
        return version >= FIRST_WITH_MEMBER_EPOCHS;
    }

    boolean isAnonymous() {
        return generation < 0 && memberId.isEmpty() && instanceId == null;
    }
}
