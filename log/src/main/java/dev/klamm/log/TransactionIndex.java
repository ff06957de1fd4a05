package dev.klamm.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The {@code .txnindex} of one segment: the aborted transactions whose markers are in it, in the order of the markers (see
 * {@link AbortedTransaction} for its bytes). There is no file while there are none, as with Kafka. It is read at the first
 * use and kept in memory from then on.
 *
 * <p>Changed by who holds the log's flush lock; any thread reads.
 */
final class TransactionIndex {
    private final Storage storage;
    private final Path path;
    private final long baseOffset;
    private final BooleanSupplier isGone;
    private volatile @Nullable List<AbortedTransaction> known;
    private boolean isDirty;

    /**
     * Of a segment.
     *
     * @param isNew whether there can't be any yet
     * @param isGone whether the file's name may be another's by now; true before it is taken away
     */
    TransactionIndex(Storage storage, Path path, long baseOffset, boolean isNew, BooleanSupplier isGone) {
        this.storage = storage;
        this.path = path;
        this.baseOffset = baseOffset;
        this.isGone = isGone;
        this.known = isNew ? List.of() : null;
    }

    /**
     * All of them.
     *
     * @throws GarbledFileException if the file can't be believed: then it has to be made anew
     * @throws NoSuchFileException if it was not read before the segment was deleted or replaced
     */
    List<AbortedTransaction> all() throws IOException {
        List<AbortedTransaction> now = known;
        if (now == null) {
            now = List.copyOf(AbortedTransaction.read(storage, path, baseOffset));
            if (isGone.getAsBoolean()) {
                throw new NoSuchFileException(path.toString());
            }
            known = now;
        }
        return now;
    }

    /** Adds what was written to the log; returns whether that made the file. On disk after {@link #sync}. */
    boolean append(List<AbortedTransaction> more) throws IOException {
        if (more.isEmpty()) {
            return false;
        }
        List<AbortedTransaction> longer = new ArrayList<>(all());
        boolean isFirst = longer.isEmpty();
        try (Storage.File file = storage.openOrCreate(path)) {
            ByteBuffer bytes = AbortedTransaction.toBytes(more);
            file.write(new ByteBuffer[] {bytes}, (long) longer.size() * AbortedTransaction.SIZE);
        }
        longer.addAll(more);
        known = List.copyOf(longer);
        isDirty = true;
        return isFirst;
    }

    /** Forgets the transactions whose markers are at {@code endOffset} or behind. */
    void cutAt(long endOffset) throws IOException {
        List<AbortedTransaction> all = all();
        List<AbortedTransaction> kept = all.stream()
                .filter(transaction -> transaction.lastOffset() < endOffset)
                .toList();
        known = kept;
        if (storage.exists(path)) {
            try (Storage.File file = storage.openOrCreate(path)) {
                file.truncate((long) kept.size() * AbortedTransaction.SIZE);
            }
            isDirty = true;
        }
    }

    void sync() throws IOException {
        if (isDirty && storage.exists(path)) {
            try (Storage.File file = storage.openOrCreate(path)) {
                file.sync();
            }
        }
        isDirty = false;
    }

    @Override
    public String toString() {
        return Objects.toString(path.getFileName());
    }
}
