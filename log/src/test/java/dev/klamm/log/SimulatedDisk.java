package dev.klamm.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that forgets what was not synced. Names are lost by {@link #cutPower} unless their directory was
 * synced, the latest first, as a journaling file system loses them; contents sector by sector. {@link #kill} loses
 * nothing that was written. Both end the process that worked on the disk: what it opened fails from then on.
 */
final class SimulatedDisk {
    private interface NameChange {
        void in(Map<Path, SimulatedFile> names);
    }

    private record PendingChange(Path directory, NameChange change) {}

    private final Random random;
    private @Nullable Path root;
    private TreeMap<Path, SimulatedFile> names = new TreeMap<>();
    private final TreeMap<Path, SimulatedFile> durableNames = new TreeMap<>();
    private final List<PendingChange> pending = new ArrayList<>();
    private long life;
    private boolean isDead;
    private long operationsLeft = Long.MAX_VALUE;
    private boolean readsRefused;

    SimulatedDisk(Random random) {
        this.random = random;
    }

    // ---- faults

    /** The process dies in the middle of the operation that comes after {@code operations} more. */
    synchronized void dieAfter(long operations) {
        operationsLeft = operations;
    }

    synchronized boolean isDead() {
        return isDead;
    }

    /** Reading fails until told otherwise. */
    synchronized void refuseToRead(boolean refuse) {
        readsRefused = refuse;
    }

    /** The process is gone, the machine goes on; a new process may open files. */
    synchronized void kill() {
        life++;
        isDead = false;
        operationsLeft = Long.MAX_VALUE;
    }

    /** The machine is gone and comes back with what was synced, and some of what was not. */
    synchronized void cutPower() {
        kill();
        int kept = random.nextInt(pending.size() + 1);
        pending.subList(0, kept).forEach(one -> one.change.in(durableNames));
        pending.clear();
        durableNames.keySet().removeIf(path -> !hasDurableParents(path));
        names = new TreeMap<>(durableNames);
        names.values().forEach(file -> file.losePower(random));
    }

    private boolean hasDurableParents(Path path) {
        return path.equals(root) || durableNames.containsKey(path.getParent());
    }

    private void step(long ofLife) throws IOException {
        if (isDead || ofLife != life) {
            throw new IOException("the process is dead");
        }
        if (operationsLeft-- <= 0) {
            isDead = true;
        }
    }

    private static Path parentOf(Path path) {
        return Objects.requireNonNull(path.getParent());
    }

    private void makeDurable(Path directory) {
        for (Iterator<PendingChange> all = pending.iterator(); all.hasNext(); ) {
            PendingChange one = all.next();
            if (one.directory.equals(directory)) {
                one.change.in(durableNames);
                all.remove();
            }
        }
    }

    private void change(Path directory, NameChange change) {
        change.in(names);
        pending.add(new PendingChange(directory, change));
    }

    // ---- what a process sees

    /** The disk for a new process, until it is killed or the power is cut. */
    synchronized Storage boot() {
        return new Mount(life);
    }

    private final class Mount implements Storage {
        private final long ofLife;

        Mount(long ofLife) {
            this.ofLife = ofLife;
        }

        @Override
        public File openOrCreate(Path path) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                if (!names.containsKey(path)) {
                    if (!names.containsKey(parentOf(path))) {
                        throw new NoSuchFileException(path.toString());
                    }
                    SimulatedFile file = new SimulatedFile();
                    change(parentOf(path), in -> in.put(path, file));
                }
                return new Handle(Objects.requireNonNull(names.get(path)), ofLife);
            }
        }

        @Override
        public File openForReading(Path path) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                if (!names.containsKey(path)) {
                    throw new NoSuchFileException(path.toString());
                }
                return new Handle(Objects.requireNonNull(names.get(path)), ofLife);
            }
        }

        @Override
        public boolean exists(Path path) {
            synchronized (SimulatedDisk.this) {
                return names.containsKey(path);
            }
        }

        @Override
        public List<String> list(Path directory) {
            synchronized (SimulatedDisk.this) {
                return names.keySet().stream()
                        .filter(path -> directory.equals(path.getParent()))
                        .map(path -> path.getFileName().toString())
                        .sorted()
                        .toList();
            }
        }

        @Override
        public void createDirectories(Path directory) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                if (!names.containsKey(directory)) {
                    if (root == null) {
                        // The data directory itself is taken for durable.
                        root = directory;
                        names.put(directory, new SimulatedFile());
                        durableNames.put(directory, new SimulatedFile());
                    } else {
                        change(parentOf(directory), in -> in.put(directory, new SimulatedFile()));
                    }
                }
            }
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                if (!names.containsKey(from)) {
                    throw new NoSuchFileException(from.toString());
                }
                // Changes in a directory that moves are to follow it: here they become durable before.
                makeDurable(from);
                change(parentOf(from), in -> renameIn(in, from, to));
            }
        }

        @Override
        public void delete(Path path) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                if (names.containsKey(path)) {
                    change(parentOf(path), in -> in.remove(path));
                }
            }
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                makeDurable(directory);
            }
        }

        @Override
        public Optional<Closeable> lock(Path path) {
            // One process at a time is started here; a lock goes with its process.
            return Optional.of(() -> {});
        }

        @Override
        public long freeBytes(Path path) {
            return Long.MAX_VALUE;
        }
    }

    private static void renameIn(Map<Path, SimulatedFile> in, Path from, Path to) {
        Map<Path, SimulatedFile> moved = new TreeMap<>();
        for (Path path : List.copyOf(in.keySet())) {
            if (path.startsWith(from)) {
                Path target = path.equals(from) ? to : to.resolve(from.relativize(path));
                moved.put(target, Objects.requireNonNull(in.remove(path)));
            }
        }
        in.putAll(moved);
    }

    private final class Handle implements Storage.File {
        private final SimulatedFile file;
        private final long ofLife;

        Handle(SimulatedFile file, long ofLife) {
            this.file = file;
            this.ofLife = ofLife;
        }

        @Override
        public long size() throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                return file.size();
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                if (readsRefused) {
                    throw new IOException("no reading now");
                }
                return file.read(target, position);
            }
        }

        @Override
        public void write(ByteBuffer[] sources, long position) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                long at = position;
                for (ByteBuffer source : sources) {
                    int bytes = isDead ? random.nextInt(source.remaining() + 1) : source.remaining();
                    file.write(source.slice(source.position(), bytes), at);
                    source.position(source.limit());
                    at += bytes;
                }
                if (isDead) {
                    throw new IOException("the process is dead");
                }
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                file.truncate(size);
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (SimulatedDisk.this) {
                step(ofLife);
                if (isDead) {
                    throw new IOException("the process is dead");
                }
                file.sync();
            }
        }

        @Override
        public void moved(Path target) {
            // A handle is that of the file, whatever its name.
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate((int) count);
            read(bytes, position);
            return target.write(bytes.flip());
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
