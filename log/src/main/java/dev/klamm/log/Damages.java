package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The damage known in one data directory. It is kept in the file {@code klamm.damage}, in the form of
 * {@link CheckpointLines}, so that a restart knows of it: where a log has a hole, nothing else tells that there was
 * something. One line each:
 *
 * <pre>
 * TOPIC TOPIC-ID PARTITION FIRST-OFFSET LAST-OFFSET FILE WHAT_WITH_UNDERSCORES
 * </pre>
 */
public final class Damages {
    private static final Logger LOG = LoggerFactory.getLogger(Damages.class);
    private static final String FILE = "klamm.damage";
    private static final int FIELDS = 7;

    private final Storage storage;
    private final Path root;

    /** Guards {@code known} and the file; held while it is written. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Looked at with each fetch; replaced, never changed. */
    private volatile List<Damage> known;

    private Damages(Storage storage, Path root, List<Damage> known) {
        this.storage = storage;
        this.root = root;
        this.known = known;
    }

    /** Reads what is known; a file that can't be believed counts as none, and the damage will be found again. */
    static Damages read(Storage storage, Path root) throws IOException {
        Set<Damage> known = new LinkedHashSet<>();
        if (storage.exists(root.resolve(FILE))) {
            try {
                for (CheckpointLines.Line line : CheckpointLines.read(storage, root.resolve(FILE), FIELDS)) {
                    known.add(parse(line));
                }
            } catch (GarbledFileException e) {
                LOG.warn("{}: starting without it; damage is found again when it is read", e.getMessage());
            }
        }
        return new Damages(storage, root, List.copyOf(known));
    }

    private static Damage parse(CheckpointLines.Line line) throws GarbledFileException {
        try {
            LogId log = new LogId(Uuid.fromString(line.text(1)), line.text(0), line.number(2));
            String what = line.text(6).replace('_', ' ');
            return new Damage(log, line.longNumber(3), line.longNumber(4), line.text(5), what);
        } catch (IllegalArgumentException e) {
            throw new GarbledFileException(line.path(), "no topic id: " + line.text(1));
        }
    }

    private static String format(Damage damage) {
        return "%s %s %d %d %d %s %s"
                .formatted(
                        damage.log().topic(),
                        damage.log().topicId(),
                        damage.log().partition(),
                        damage.firstOffset(),
                        damage.lastOffset(),
                        damage.file().replace(' ', '_'),
                        damage.what().replace(' ', '_'));
    }

    /** Takes note of it, unless its offsets are known as damaged, with one line in the log. Durable when it returns. */
    public void report(Damage damage) throws IOException {
        if (isKnown(damage)) {
            return;
        }
        lock.lock();
        try {
            if (!isKnown(damage)) {
                LOG.error("{}", damage);
                // First the file: what is known is not written again.
                List<Damage> more = new ArrayList<>(known);
                more.add(damage);
                replace(more);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isKnown(Damage damage) {
        return known.stream()
                .anyMatch(other -> other.log().equals(damage.log())
                        && other.contains(damage.firstOffset())
                        && other.contains(damage.lastOffset()));
    }

    /** All of it, in the order in which it was found. */
    public List<Damage> all() {
        return known;
    }

    /** The damage that holds this offset. */
    Optional<Damage> at(LogId log, long offset) {
        for (Damage damage : known) {
            if (damage.contains(offset) && damage.log().equals(log)) {
                return Optional.of(damage);
            }
        }
        return Optional.empty();
    }

    /** What lies below {@code offset} is gone for other reasons, such as retention; all of it if the log is deleted. */
    void forgetBelow(LogId log, long offset) throws IOException {
        lock.lock();
        try {
            List<Damage> left = new ArrayList<>(known);
            if (left.removeIf(damage -> damage.log().equals(log) && damage.lastOffset() < offset)) {
                replace(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void replace(List<Damage> damages) throws IOException {
        CheckpointLines.write(
                storage,
                root.resolve(FILE),
                damages.stream().map(Damages::format).toList());
        known = List.copyOf(damages);
    }
}
