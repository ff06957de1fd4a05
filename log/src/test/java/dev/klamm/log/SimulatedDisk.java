package dev.klamm.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that forgets what was not synced ({@link #cutPower}), fills up, goes bad and refuses, as its random
 * numbers have it. {@link #kill} loses nothing that was written. Both end the process that worked on the disk: what it
 * opened fails from then on.
 */
final class SimulatedDisk {

    /** What may be made to fail. */
    enum Operation {
        READ,
        WRITE,
        SYNC,
        NAMES
    }

    private static final boolean TELLS = Boolean.getBoolean("klamm.trace");

    private final Random random;
    private final Runnable beforeOperation;

    /** By kind, whether all fail from now on, or the next one alone. */
    private final Map<Operation, Boolean> failures = new EnumMap<>(Operation.class);

    private @Nullable Path root;
    private final SimulatedDirectory top = new SimulatedDirectory();
    private long life;
    private boolean isDead;
    private boolean hasFailed;
    private long operations;
    private long operationsLeft = Long.MAX_VALUE;
    private long capacityBytes = Long.MAX_VALUE;
    private int trace = 1;

    SimulatedDisk(Random random) {
        this(random, () -> {});
    }

    /** @param beforeOperation lets other threads in */
    SimulatedDisk(Random random, Runnable beforeOperation) {
        this.random = random;
        this.beforeOperation = beforeOperation;
    }

    // ---- faults

    /** The process dies in the middle of the operation that comes after {@code count} more. */
    synchronized void dieAfter(long count) {
        operationsLeft = count;
    }

    synchronized boolean isDead() {
        return isDead;
    }

    /** Whether an operation was refused that would not have been on a disk in good order. */
    synchronized boolean hasFailed() {
        return hasFailed;
    }

    /** The next operation of this kind fails; or all of them, until {@link #repair}. */
    synchronized void fail(Operation kind, boolean forGood) {
        failures.put(kind, forGood);
    }

    /** Whatever was wrong is not any more. */
    synchronized void repair() {
        failures.clear();
        capacityBytes = Long.MAX_VALUE;
        hasFailed = false;
    }

    /** Reading fails until told otherwise. */
    synchronized void refuseToRead(boolean refuse) {
        if (refuse) {
            fail(Operation.READ, true);
        } else {
            failures.remove(Operation.READ);
        }
    }

    /** From now on there is room for so much more. */
    synchronized void leaveRoomFor(long bytes) {
        capacityBytes = usedBytes(top) + bytes;
    }

    /** The process is gone, the machine goes on; a new process may open files. */
    synchronized void kill() {
        note("killed");
        life++;
        isDead = false;
        hasFailed = false;
        operations = 0;
        operationsLeft = Long.MAX_VALUE;
    }

    /** The machine is gone and comes back with what was synced, and some of what was not. */
    synchronized void cutPower() {
        kill();
        note("power cut");
        failures.clear();
        top.losePower(random);
    }

    /** How many operations there were since the last boot. */
    synchronized long operations() {
        return operations;
    }

    /** The same after the same operations in the same order. */
    synchronized int trace() {
        return trace;
    }

    /** What becomes of an operation. One in which the process dies may be done in part. */
    enum Outcome {
        DONE,
        FAILS,
        DIES
    }

    /** Counts an operation of a process; the caller does it, in the same synchronized block, as the outcome has it. */
    Outcome begin(long ofLife, Operation kind, Path path) throws IOException {
        if (isDead || ofLife != life) {
            throw new IOException("the process is dead");
        }
        operations++;
        note("%s %s".formatted(kind, path));
        trace = 31 * (31 * trace + kind.name().hashCode()) + nameOf(path).length();
        if (operationsLeft-- <= 0) {
            isDead = true;
            return Outcome.DIES;
        }
        Boolean forGood = failures.get(kind);
        if (forGood == null) {
            return Outcome.DONE;
        } else if (!forGood) {
            failures.remove(kind);
        }
        hasFailed = true;
        return Outcome.FAILS;
    }

    /** With {@code -Dklamm.trace=true}, a failing seed tells its life. */
    static void note(String what) {
        if (TELLS) {
            System.out.println(Thread.currentThread().getName() + ": " + what);
        }
    }

    void letOthersIn() {
        beforeOperation.run();
    }

    Random random() {
        return random;
    }

    /** Bytes that may still be written. */
    long room() {
        return capacityBytes == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, capacityBytes - usedBytes(top));
    }

    void noteFailure() {
        hasFailed = true;
    }

    private static long usedBytes(SimulatedDirectory directory) {
        long bytes = 0;
        for (SimulatedNode node : directory.names().values()) {
            bytes += switch (node) {
                case SimulatedFile file -> file.size();
                case SimulatedDirectory inner -> usedBytes(inner);
            };
        }
        return bytes;
    }

    // ---- what is on it

    /** Null if there is nothing of this name. */
    @Nullable
    SimulatedNode find(Path path) {
        if (path.equals(root)) {
            return top;
        }
        return parentOf(path) instanceof SimulatedDirectory parent
                ? parent.names().get(nameOf(path))
                : null;
    }

    private @Nullable SimulatedNode parentOf(Path path) {
        Path parent = path.getParent();
        return parent == null || root == null || !parent.startsWith(root) ? null : find(parent);
    }

    static String nameOf(Path path) {
        return Objects.requireNonNull(path.getFileName()).toString();
    }

    SimulatedDirectory parentFor(Path path) throws NoSuchFileException {
        if (parentOf(path) instanceof SimulatedDirectory parent) {
            return parent;
        }
        throw new NoSuchFileException(path.toString());
    }

    /** A file as it is on the disk, for a test that damages it. */
    synchronized Optional<SimulatedFile> file(Path path) {
        return find(path) instanceof SimulatedFile file ? Optional.of(file) : Optional.empty();
    }

    /** Every file, by its path relative to the data directory, as processes see it. */
    synchronized SortedMap<String, byte[]> image() {
        SortedMap<String, byte[]> image = new TreeMap<>();
        addTo(image, "", top);
        return image;
    }

    private static void addTo(Map<String, byte[]> image, String prefix, SimulatedDirectory directory) {
        directory.names().forEach((name, node) -> {
            switch (node) {
                case SimulatedFile file -> image.put(prefix + name, file.contents());
                case SimulatedDirectory inner -> addTo(image, prefix + name + "/", inner);
            }
        });
    }

    void makeRoot(Path directory) {
        // The data directory itself is taken for durable.
        root = directory;
    }

    boolean hasRoot() {
        return root != null;
    }

    /** The disk for a new process, until it is killed or the power is cut. */
    synchronized Storage boot() {
        return new SimulatedStorage(this, life);
    }
}
