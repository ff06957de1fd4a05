package dev.klamm.log;

import dev.klamm.log.Logs.JournalFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;

/**
 * The one file sequence that every append of every partition is written to first, so that one sync makes all of them
 * durable. One thread, {@code klamm-journal}, takes whatever has come in since its last round, writes it as one frame,
 * syncs once if anybody needs it on disk, and then lets the logs and the waiters know. There is no timer: a round begins
 * when the last one ends.
 *
 * <p>Entries are numbered by lsn, without gaps. {@code checkpointLsn <= synced <= written <= nextLsn}: below the first,
 * entries are in synced segment files and their journal files may be used again.
 *
 * <p>A write or sync that fails ends the journal for good: after a failed sync the kernel may have dropped the very pages
 * that it could not write, and a second sync would succeed without them.
 */
final class Journal {
    /** A frame of several entries is not larger than this, so that one huge round does not hold up small ones. */
    private static final int MAX_ROUND_BYTES = 8 << 20;

    private static final long SPACE_LOOK_NANOS = 200_000_000;
    private static final int SECTOR_BYTES = 4096;
    private static final int SYNCS_MEASURED = 3;

    /** The log that an entry belongs to. Called on the journal's thread, in lsn order; must not block. */
    interface Owner {
        Uuid topicId();

        int partition();

        /**
         * Everything below {@code endOffset} survives a killed process.
         *
         * @return whether that is not enough: then the round ends with a sync, whatever the entry asked for when it was queued
         */
        boolean written(long endOffset);

        /** Everything below {@code endOffset} survives a power cut. */
        void synced(long endOffset);
    }

    /** Of marks. */
    private static final Owner NO_LOG = new Owner() {
        @Override
        public Uuid topicId() {
            return Uuid.ZERO_UUID;
        }

        @Override
        public int partition() {
            return 0;
        }

        @Override
        public boolean written(long endOffset) {
            return false;
        }

        @Override
        public void synced(long endOffset) {}
    };

    /** @param needsSync whether the round that writes this entry has to end with a sync */
    private record Entry(Owner owner, int kind, ByteBuffer content, long endOffset, boolean needsSync) {}

    private final Path directory;
    private final JournalFiles files;
    private final Progress written;
    private final Progress synced;
    private final CompletableFuture<JournalFailedException> failure = new CompletableFuture<>();
    private final WriteBuffer writeBuffer = new WriteBuffer();
    private final Thread thread;

    /** Guards the fields up to {@code thread}'s own. Never held during I/O. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition workArrived = lock.newCondition();
    private final Condition spaceWanted = lock.newCondition();
    private final Deque<Entry> pending = new ArrayDeque<>();
    private long nextLsn;
    private long checkpointLsn;

    /** The next lsn when a mark was last asked for, and when it was last looked whether one is needed. */
    private long markedLsn;

    private long lookedAtLsn;

    /** Written by the journal's thread. */
    private volatile boolean lacksSpace;

    private boolean syncRequested;
    private boolean closing;
    private Runnable onFileFull = () -> {};
    private Consumer<JournalFailedException> onFailure = _ -> {};

    /**
     * Starts behind what a replay found; the replayed files are kept until they are below a checkpoint.
     *
     * @param maxFileBytes the size that files grow to, step by step, while there is load
     */
    Journal(Machine machine, Path directory, long maxFileBytes, JournalReplay replay) throws IOException {
        this.directory = directory;
        this.nextLsn = replay.endLsn();
        this.checkpointLsn = replay.checkpointLsn();
        this.written = new Progress(nextLsn);
        this.synced = new Progress(nextLsn);
        this.markedLsn = nextLsn;
        this.files = new JournalFiles(machine.storage(), directory, maxFileBytes, replay);
        thread = machine.thread("klamm-journal", this::run);
    }

    /**
     * Starts the thread.
     *
     * @param onFileFull asks for a checkpoint and a spare file; must not block
     * @param onFailure called once if the journal fails; must not block
     */
    void start(Runnable onFileFull, Consumer<JournalFailedException> onFailure) {
        this.onFileFull = onFileFull;
        this.onFailure = onFailure;
        thread.start();
    }

    /**
     * Queues an entry. The caller holds the log's lock, so that a log's entries are in offset order.
     *
     * @return the entry's lsn
     * @throws JournalFailedException if the journal has failed or is closed; the entry is not queued
     */
    long append(Owner owner, int kind, ByteBuffer content, long endOffset, boolean needsSync)
            throws JournalFailedException {
        lock.lock();
        try {
            if (closing) {
                throw closed();
            } else if (failure.isDone()) {
                throw new JournalFailedException(failure.join());
            }
            pending.add(new Entry(owner, kind, content, endOffset, needsSync));
            if (pending.size() == 1) {
                workArrived.signal();
            }
            return nextLsn++;
        } finally {
            lock.unlock();
        }
    }

    void awaitWritten(long lsn) throws InterruptedException, JournalFailedException {
        written.await(lsn);
    }

    void awaitSynced(long lsn) throws InterruptedException, JournalFailedException {
        // Asked for once the wait is known: the round that writes the entry later sees that somebody waits for it.
        synced.await(lsn, this::requestSync);
    }

    /** The same for so long; returns whether it is so. */
    boolean awaitWritten(long lsn, long timeoutNanos) throws InterruptedException, JournalFailedException {
        return written.await(lsn, timeoutNanos, () -> {});
    }

    boolean awaitSynced(long lsn, long timeoutNanos) throws InterruptedException, JournalFailedException {
        return synced.await(lsn, timeoutNanos, this::requestSync);
    }

    /**
     * Makes all durable that was appended so far; returns the lsn behind it.
     *
     * @throws Storage.NoSpaceException if the journal has to wait for the disk to have room: who frees some calls this
     */
    long sync() throws InterruptedException, JournalFailedException, Storage.NoSpaceException {
        awaitSyncedWhileThereIsSpace(endLsn() - 1);
        return synced.bound();
    }

    private void awaitSyncedWhileThereIsSpace(long lsn)
            throws InterruptedException, JournalFailedException, Storage.NoSpaceException {
        while (!awaitSynced(lsn, SPACE_LOOK_NANOS)) {
            if (lacksSpace) {
                throw new Storage.NoSpaceException("The journal in " + directory + " has no room");
            }
        }
    }

    private long endLsn() {
        lock.lock();
        try {
            return nextLsn;
        } finally {
            lock.unlock();
        }
    }

    /** Everything below this lsn is on disk, in the journal. */
    long syncedLsn() {
        return synced.bound();
    }

    /** The failure that ended the journal; completes at most once. */
    CompletableFuture<JournalFailedException> failure() {
        return failure;
    }

    private void requestSync() {
        lock.lock();
        try {
            syncRequested = true;
            workArrived.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            List<Entry> round = new ArrayList<>();
            while (takeRound(round)) {
                boolean sync = writeRound(round);
                if (sync && synced.bound() < written.bound()) {
                    files.current().sync();
                    // High watermarks first: who waited for the lsn then finds the records visible.
                    round.forEach(entry -> entry.owner.synced(entry.endOffset));
                    synced.advance(written.bound());
                }
                round.clear();
            }
        } catch (Storage.NoSpaceException closedWhileFull) {
            // Who waits is told by stop(); what was acknowledged is on disk.
            lacksSpace = true;
        } catch (IOException | RuntimeException | Error failed) {
            fail(failed);
        }
    }

    /** Waits for work; returns false when the journal is closing and nothing is left to do. */
    private boolean takeRound(List<Entry> round) {
        lock.lock();
        try {
            while (pending.isEmpty() && !syncRequested && !closing) {
                workArrived.awaitUninterruptibly();
            }
            boolean nothingLeft = pending.isEmpty() && !syncRequested;
            if (failure.isDone() || nothingLeft) {
                return false;
            }
            long bytes = 0;
            while (!pending.isEmpty() && (round.isEmpty() || bytes + sizeOfNext() <= MAX_ROUND_BYTES)) {
                bytes += sizeOfNext();
                round.add(pending.remove());
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private long sizeOfNext() {
        return JournalFrame.ENTRY_HEADER_BYTES
                + (long) pending.element().content.remaining();
    }

    /** Writes the round as one frame and tells the logs; returns whether a sync is due. */
    private boolean writeRound(List<Entry> round) throws IOException {
        boolean sync = takeSyncRequest();
        if (!round.isEmpty()) {
            writeWhenThereIsSpace(round);
            for (Entry entry : round) {
                sync |= entry.owner.written(entry.endOffset);
                sync |= entry.needsSync;
            }
            written.advance(written.bound() + round.size());
        }
        return sync || synced.hasWaiters();
    }

    /**
     * A full disk is waited out: the same round is written again at the same place, and who waits for it may give up, since
     * nothing of it is acknowledged.
     *
     * @throws Storage.NoSpaceException if the journal is closed meanwhile: the round is not written
     */
    private void writeWhenThereIsSpace(List<Entry> round) throws IOException {
        while (true) {
            try {
                writeFrame(round);
                lacksSpace = false;
                return;
            } catch (Storage.NoSpaceException full) {
                lacksSpace = true;
                // It measures the free space, and frees some if it can.
                onFileFull.run();
                if (!awaitSpace()) {
                    throw full;
                }
            }
        }
    }

    /** False if the journal is closing. */
    private boolean awaitSpace() {
        lock.lock();
        try {
            long leftNanos = SPACE_LOOK_NANOS;
            while (!closing && leftNanos > 0) {
                leftNanos = spaceWanted.awaitNanos(leftNanos);
            }
            return !closing;
        } catch (InterruptedException notUsed) {
            throw new IllegalStateException("nobody interrupts the journal", notUsed);
        } finally {
            lock.unlock();
        }
    }

    /** Whether a round waits for the disk to have room, or was given up for that. */
    boolean lacksSpace() {
        return lacksSpace;
    }

    private boolean takeSyncRequest() {
        lock.lock();
        try {
            // Each round after the end was asked for: what is not synced is not moved, and the journal goes away.
            boolean requested = syncRequested || closing;
            syncRequested = false;
            return requested;
        } finally {
            lock.unlock();
        }
    }

    private void writeFrame(List<Entry> round) throws IOException {
        int entriesBytes = 0;
        for (Entry entry : round) {
            entriesBytes += JournalFrame.ENTRY_HEADER_BYTES + entry.content.remaining();
        }
        int frameBytes = JournalFrame.HEADER_BYTES + entriesBytes;
        JournalFile file = fileWithRoomFor(frameBytes);
        int gapBytes = gapBefore(round, frameBytes);

        ByteBuffer entryHeaders = ByteBuffer.allocate(JournalFrame.ENTRY_HEADER_BYTES * round.size());
        for (Entry entry : round) {
            JournalFrame.putEntryHeader(
                    entryHeaders,
                    entry.owner.topicId(),
                    entry.owner.partition(),
                    entry.kind,
                    entry.content.remaining());
        }
        ByteBuffer header = ByteBuffer.allocate(JournalFrame.HEADER_BYTES);
        JournalFrame.putHeader(header, entriesBytes, written.bound(), synced.bound(), checkpointLsn(), round.size());
        CRC32C crc = JournalFrame.crcOfHeader(file.header().salt(), header);
        for (int i = 0; i < round.size(); i++) {
            crc.update(entryHeader(entryHeaders, i));
            crc.update(round.get(i).content.duplicate());
        }
        JournalFrame.putCrc(header, crc);

        writeBuffer.startAt(file.file(), file.position() + gapBytes);
        writeBuffer.put(header);
        for (int i = 0; i < round.size(); i++) {
            writeBuffer.put(entryHeader(entryHeaders, i));
            writeBuffer.put(round.get(i).content);
        }
        writeBuffer.flush();
        file.advance(gapBytes + frameBytes, round.size());
    }

    /**
     * A mark by itself gets a sector of its own: what makes the frame before it unreadable must not take both. Not where only
     * the gap would fill the file: that asks for a checkpoint, and so for the next mark, without end.
     */
    private int gapBefore(List<Entry> round, int frameBytes) {
        boolean isLoneMark = round.size() == 1 && round.getFirst().kind == JournalFrame.KIND_MARK;
        int gapBytes = (int) -files.current().position() & (SECTOR_BYTES - 1);
        return isLoneMark && files.current().hasRoomFor(gapBytes + frameBytes) ? gapBytes : 0;
    }

    private static ByteBuffer entryHeader(ByteBuffer entryHeaders, int index) {
        return entryHeaders.slice(index * JournalFrame.ENTRY_HEADER_BYTES, JournalFrame.ENTRY_HEADER_BYTES);
    }

    private JournalFile fileWithRoomFor(int frameBytes) throws IOException {
        if (!files.current().hasRoomFor(frameBytes)) {
            files.roll(frameBytes, checkpointLsn());
            onFileFull.run();
        } else if (files.needsSpare()) {
            onFileFull.run();
        }
        return files.current();
    }

    /** Makes the next file, if it will be needed soon. Called by the flusher, one call at a time. */
    void prepareSpare() throws IOException {
        files.prepareSpare();
    }

    private long checkpointLsn() {
        lock.lock();
        try {
            return checkpointLsn;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a checkpoint would free a file. */
    boolean hasFullFiles() {
        return files.hasFull();
    }

    /**
     * Says that every entry below {@code lsn} is in synced segment files: the files that held them may be used again, once that
     * itself is on disk. A replay can then require that the files reach back to the checkpoint lsn.
     */
    void checkpointed(long lsn) throws IOException, InterruptedException, JournalFailedException {
        lock.lock();
        try {
            checkpointLsn = lsn;
        } finally {
            lock.unlock();
        }
        if (files.hasFull()) {
            awaitSyncedWhileThereIsSpace(mark());
            files.free(lsn);
        }
    }

    private long mark() throws JournalFailedException {
        return append(NO_LOG, JournalFrame.KIND_MARK, ByteBuffer.allocate(0), 0, true);
    }

    /**
     * Has the last frame of a journal that has come to rest followed by another, which says that it was synced: without that, a
     * bit that flips in it would make it look torn. Called by the flusher at each tick; does not wait.
     */
    void markWhenIdle() throws JournalFailedException {
        lock.lock();
        try {
            if (closing || nextLsn == markedLsn) {
                return;
            }
            boolean isIdle = nextLsn == lookedAtLsn && pending.isEmpty();
            lookedAtLsn = nextLsn;
            if (isIdle) {
                mark();
                markedLsn = nextLsn;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the journal: see the class. */
    void fail(Throwable cause) {
        JournalFailedException failed = new JournalFailedException(
                "The journal in " + directory + " could not be written: " + cause
                        + ". Nothing is acknowledged any more.",
                cause);
        // Before the waits end: who is told so finds the journal failed.
        if (failure.complete(failed)) {
            onFailure.accept(failed);
        }
        written.fail(failed);
        synced.fail(failed);
    }

    /** Median nanoseconds of a few small writes with sync; before the start. */
    long measureSync() throws IOException {
        long[] nanos = new long[SYNCS_MEASURED];
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            files.current().rewriteHeader();
            files.current().sync();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    /** Writes and syncs what is pending and ends the thread; the files stay. */
    void stop() throws IOException {
        lock.lock();
        try {
            closing = true;
            syncRequested = true;
            workArrived.signal();
            spaceWanted.signal();
        } finally {
            lock.unlock();
        }
        Machine.awaitEnd(thread);
        // Who came too late to be written must not wait for ever.
        written.fail(closed());
        synced.fail(closed());
    }

    private JournalFailedException closed() {
        return new JournalFailedException("The journal in " + directory + " is closed.", null);
    }

    /** Closes the files, as they are. */
    void closeFiles() throws IOException {
        files.close();
    }

    /** Removes the journal: everything that it held is in synced segment files. */
    void delete() throws IOException {
        files.delete();
    }
}
