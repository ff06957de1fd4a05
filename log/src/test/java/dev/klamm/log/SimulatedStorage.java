package dev.klamm.log;

import dev.klamm.log.SimulatedDisk.Operation;
import dev.klamm.log.SimulatedDisk.Outcome;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What one process sees of a {@link SimulatedDisk}, until it or the machine dies. */
final class SimulatedStorage implements Storage {
    private final SimulatedDisk disk;
    private final long life;

    SimulatedStorage(SimulatedDisk disk, long life) {
        this.disk = disk;
        this.life = life;
    }

    private interface Action<T> {
        T run(Outcome outcome) throws IOException;
    }

    /** For what is done whole, or fails and is not done. */
    private <T> T perform(Operation kind, Path path, Action<T> action) throws IOException {
        return performInPart(kind, path, outcome -> {
            if (outcome == Outcome.FAILS) {
                throw failure(kind, path);
            }
            return action.run(outcome);
        });
    }

    /** For what may be done in part; the action has to fail if the outcome does. */
    private <T> T performInPart(Operation kind, Path path, Action<T> action) throws IOException {
        disk.letOthersIn();
        synchronized (disk) {
            return action.run(disk.begin(life, kind, path));
        }
    }

    private static IOException failure(Operation kind, Path path) {
        return new IOException("simulated failure: " + kind + " of " + path);
    }

    @Override
    public File openOrCreate(Path path) throws IOException {
        return perform(Operation.NAMES, path, _ -> {
            SimulatedDirectory parent = disk.parentFor(path);
            if (disk.find(path) == null) {
                SimulatedFile created = new SimulatedFile();
                parent.change(names -> names.put(SimulatedDisk.nameOf(path), created));
            }
            return handle(path);
        });
    }

    @Override
    public File openForReading(Path path) throws IOException {
        return perform(Operation.NAMES, path, _ -> handle(path));
    }

    private File handle(Path path) throws IOException {
        if (disk.find(path) instanceof SimulatedFile file) {
            return new Handle(path, file);
        }
        throw new NoSuchFileException(path.toString());
    }

    @Override
    public boolean exists(Path path) {
        synchronized (disk) {
            return disk.find(path) != null;
        }
    }

    @Override
    public long lastModifiedMs(Path path) throws IOException {
        return perform(Operation.NAMES, path, _ -> {
            if (disk.find(path) instanceof SimulatedFile file) {
                return file.modifiedMs();
            }
            throw new NoSuchFileException(path.toString());
        });
    }

    @Override
    public List<String> list(Path directory) {
        synchronized (disk) {
            return disk.find(directory) instanceof SimulatedDirectory found
                    ? new ArrayList<>(found.names().keySet())
                    : List.of();
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        perform(Operation.NAMES, directory, outcome -> {
            if (!disk.hasRoot()) {
                disk.makeRoot(directory);
            } else if (disk.find(directory) == null) {
                SimulatedDirectory created = new SimulatedDirectory();
                disk.parentFor(directory).change(names -> names.put(SimulatedDisk.nameOf(directory), created));
            }
            return outcome;
        });
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        perform(Operation.NAMES, to, outcome -> {
            SimulatedDirectory parent = disk.parentFor(from);
            if (disk.parentFor(to) != parent) {
                throw new IOException("moves between directories are not simulated");
            } else if (disk.find(from) == null) {
                throw new NoSuchFileException(from.toString());
            }
            parent.change(names -> {
                SimulatedNode moved = names.remove(SimulatedDisk.nameOf(from));
                if (moved != null) {
                    names.put(SimulatedDisk.nameOf(to), moved);
                }
            });
            return outcome;
        });
    }

    @Override
    public void delete(Path path) throws IOException {
        perform(Operation.NAMES, path, outcome -> {
            if (disk.find(path) != null) {
                disk.parentFor(path).change(names -> names.remove(SimulatedDisk.nameOf(path)));
            }
            return outcome;
        });
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        performInPart(Operation.SYNC, directory, outcome -> {
            if (outcome != Outcome.DONE) {
                throw failure(Operation.SYNC, directory);
            } else if (!(disk.find(directory) instanceof SimulatedDirectory found)) {
                throw new NoSuchFileException(directory.toString());
            } else {
                found.sync();
            }
            return outcome;
        });
    }

    @Override
    public Optional<Closeable> lock(Path path) {
        // One process at a time is started here; a lock goes with its process.
        return Optional.of(() -> {});
    }

    @Override
    public long freeBytes(Path path) {
        synchronized (disk) {
            return disk.room();
        }
    }

    private final class Handle implements File {
        private final Path path;
        private final SimulatedFile file;

        Handle(Path path, SimulatedFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public long size() throws IOException {
            return perform(Operation.NAMES, path, _ -> file.size());
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return perform(Operation.READ, path, _ -> file.read(target, position));
        }

        @Override
        public void write(ByteBuffer[] sources, long position) throws IOException {
            performInPart(Operation.WRITE, path, outcome -> {
                long at = position;
                for (ByteBuffer source : sources) {
                    at += writeSome(source, at, outcome);
                    source.position(source.limit());
                }
                if (outcome != Outcome.DONE) {
                    throw failure(Operation.WRITE, path);
                }
                return outcome;
            });
        }

        private int writeSome(ByteBuffer source, long at, Outcome outcome) throws IOException {
            int wanted = source.remaining();
            if (outcome != Outcome.DONE) {
                wanted = disk.random().nextInt(wanted + 1);
            }
            long growth = Math.max(0, at + wanted - file.size());
            boolean fits = growth <= disk.room();
            int bytes = fits ? wanted : (int) Math.max(0, Math.min(wanted, file.size() + disk.room() - at));
            file.write(source.slice(source.position(), bytes), at);
            if (!fits) {
                disk.noteFailure();
                throw new NoSpaceException("No space left on device");
            }
            return bytes;
        }

        @Override
        public void truncate(long size) throws IOException {
            perform(Operation.WRITE, path, outcome -> {
                file.truncate(size);
                return outcome;
            });
        }

        @Override
        public void sync() throws IOException {
            performInPart(Operation.SYNC, path, outcome -> {
                switch (outcome) {
                    case DONE -> file.sync();
                    case FAILS -> file.failSync(disk.random());
                    case DIES -> {}
                }
                if (outcome != Outcome.DONE) {
                    throw failure(Operation.SYNC, path);
                }
                return outcome;
            });
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
