package dev.klamm.log;

import dev.klamm.log.AppendResult.Reason;
import dev.klamm.log.LogModel.Batch;
import dev.klamm.log.LogModel.Kind;
import dev.klamm.log.LogModel.Transaction;
import dev.klamm.log.ReadBack.Seen;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongFunction;

/**
 * What a few transactional producers do to a log: begin, go on, commit, abort, are fenced, and come too late. Those of even
 * ids raise their epoch with each transaction (version 2 of KIP-890).
 */
final class RandomTransactions {
    private static final long FIRST_ID = 10;
    private static final int PRODUCERS = 4;

    private final Random random;
    private final ModelledLogs logs;
    private final LongFunction<List<Seen>> newRecords;

    /** @param newRecords random ones, from this offset on */
    RandomTransactions(Random random, ModelledLogs logs, LongFunction<List<Seen>> newRecords) {
        this.random = random;
        this.logs = logs;
        this.newRecords = newRecords;
    }

    /** Returns the lsn to wait for if something was appended. */
    Optional<Long> step(LogModel model) {
        long producerId = FIRST_ID + random.nextInt(PRODUCERS);
        Optional<Transaction> open = model.openTransaction(producerId);
        if (random.nextInt(6) == 0) {
            return comeTooLate(model, producerId, open);
        }
        if (open.isEmpty()) {
            return send(model, producerId, nextEpoch(model, producerId), 0);
        }
        // If the log has forgotten its beginning, it may not know any more that it is open.
        boolean mayBeForgotten = open.get().firstOffset() < model.startOffset();
        return mayBeForgotten || random.nextInt(5) < 2
                ? end(model, open.get())
                : send(model, producerId, open.get().epoch(), open.get().nextSequence());
    }

    private static boolean bumpsEpochs(long producerId) {
        return producerId % 2 == 0;
    }

    private static short nextEpoch(LogModel model, long producerId) {
        short last = model.lastEpoch(producerId);
        return bumpsEpochs(producerId) && last >= 0 ? last : (short) (last + 1);
    }

    private Batch batch(LogModel model, long producerId, short epoch, int sequence) {
        List<Seen> records = newRecords.apply(model.endOffset());
        return new Batch(model.endOffset(), records, producerId, epoch, sequence, Kind.TRANSACTIONAL);
    }

    private Optional<Long> send(LogModel model, long producerId, short epoch, int sequence) {
        return logs.appendInTransaction(model, batch(model, producerId, epoch, sequence), bumpsEpochs(producerId));
    }

    private Optional<Long> end(LogModel model, Transaction open) {
        boolean isFenced = random.nextInt(5) == 0;
        boolean raises = isFenced || bumpsEpochs(open.producerId());
        short epoch = (short) (open.epoch() + (raises ? 1 : 0));
        return end(model, open.producerId(), epoch, !isFenced && random.nextBoolean());
    }

    private Optional<Long> end(LogModel model, long producerId, short epoch, boolean isCommit) {
        int version = bumpsEpochs(producerId) ? 2 : 1;
        Batch marker = Batch.marker(model.endOffset(), logs.nowMs(), producerId, epoch, isCommit);
        return logs.endTransaction(model, marker, version);
    }

    private Optional<Long> comeTooLate(LogModel model, long producerId, Optional<Transaction> open) {
        short last = model.lastEpoch(producerId);
        boolean isKnown = !model.mayBeCompacted()
                && model.newestOf(producerId)
                        .filter(batch -> batch.baseOffset() >= model.startOffset())
                        .isPresent();
        if (isKnown && last > 0 && random.nextBoolean()) {
            Batch zombies = batch(model, producerId, (short) (last - 1), 0);
            logs.expectRefused(model, zombies, null, Reason.INVALID_PRODUCER_EPOCH);
            return Optional.empty();
        }
        if (open.isPresent()) {
            return Optional.empty();
        }
        Batch late = batch(model, producerId, (short) (last + 1), 0);
        if (random.nextBoolean()) {
            logs.expectRefused(model, late, null, Reason.INVALID_TXN_STATE);
            return Optional.empty();
        }
        Verification ticket = logs.ticket(model, late, false);
        Optional<Long> ended = end(model, producerId, late.epoch(), false);
        if (ended.isPresent()) {
            logs.expectRefused(model, late, ticket, Reason.INVALID_TXN_STATE);
        }
        return ended;
    }
}
