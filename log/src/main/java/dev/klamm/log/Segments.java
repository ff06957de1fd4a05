package dev.klamm.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The segments of one log, in offset order; only the last one grows. Changed under the log's flush lock; any thread may
 * look at the list, which is replaced, never changed.
 */
final class Segments {
    private static final String LOG_SUFFIX = ".log";

    /** Others are somebody's, such as a copy that was put beside. */
    private static final Pattern SEGMENT_NAME = Pattern.compile("[0-9]{20}[.]log");

    private final Storage storage;
    private final Path directory;
    private volatile List<Segment> list;
    private volatile Segment.Owner owner = Segment.Owner.NONE;

    private Segments(Storage storage, Path directory, List<Segment> list) {
        this.storage = storage;
        this.directory = directory;
        this.list = list;
        for (int i = 0; i + 1 < list.size(); i++) {
            list.get(i).endsAt(list.get(i + 1).baseOffset());
        }
    }

    /** Whose they are, also those to come. */
    void belongTo(Segment.Owner newOwner) {
        owner = newOwner;
        list.forEach(segment -> segment.belongsTo(newOwner));
    }

    /**
     * Finds the segments by the names in the directory; opens none. What a crash left of deletions and compactions is
     * brought to its end.
     */
    static Segments in(Storage storage, Path directory, long nowMs) throws IOException {
        SegmentSwap.recover(storage, directory);
        for (String name : storage.list(directory)) {
            if (name.endsWith(DeletedFiles.SUFFIX)) {
                storage.delete(directory.resolve(name));
            }
        }
        List<Segment> found = new ArrayList<>();
        for (long baseOffset : baseOffsetsIn(storage, directory)) {
            found.add(Segment.existing(storage, directory, baseOffset, nowMs));
        }
        return new Segments(storage, directory, List.copyOf(found));
    }

    /** Of the segments that have names in the directory, in rising order. */
    static List<Long> baseOffsetsIn(Storage storage, Path directory) throws IOException {
        return storage.list(directory).stream()
                .filter(name -> SEGMENT_NAME.matcher(name).matches())
                .map(name -> Long.parseLong(name.substring(0, name.length() - LOG_SUFFIX.length())))
                .toList();
    }

    List<Segment> all() {
        return list;
    }

    boolean isEmpty() {
        return list.isEmpty();
    }

    Segment last() {
        return list.getLast();
    }

    /**
     * From the last segment that begins at or below the offset, or the first of all, to the end. One look at the list: who
     * goes from segment to segment must not pass from one that a compaction has replaced to what follows its replacement.
     */
    List<Segment> from(long offset) {
        List<Segment> segments = list;
        return segments.subList(Math.max(indexOf(segments, offset), 0), segments.size());
    }

    /** The index of the last segment that begins at or below the offset; -1 if there is none. */
    private static int indexOf(List<Segment> segments, long offset) {
        int low = 0;
        int high = segments.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (segments.get(middle).baseOffset() <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    Segment add(long baseOffset, long nowMs) throws IOException {
        Segment segment = Segment.create(storage, directory, baseOffset, nowMs);
        segment.belongsTo(owner);
        if (!list.isEmpty()) {
            list.getLast().endsAt(baseOffset);
        }
        List<Segment> longer = new ArrayList<>(list);
        longer.add(segment);
        list = List.copyOf(longer);
        return segment;
    }

    /** Deletes, at once, the segments that begin at {@code offset} or behind: recovery has their contents elsewhere. */
    void deleteFrom(long offset) throws IOException {
        List<Segment> segments = list;
        int kept = indexOf(segments, offset - 1) + 1;
        list = List.copyOf(segments.subList(0, kept));
        for (Segment segment : segments.subList(kept, segments.size())) {
            segment.delete();
        }
    }

    /** Takes out the segments of which every offset is below {@code offset}; never the last. */
    List<Segment> removeBelow(long offset) {
        List<Segment> segments = list;
        int removed = 0;
        while (removed + 1 < segments.size() && segments.get(removed + 1).baseOffset() <= offset) {
            removed++;
        }
        list = List.copyOf(segments.subList(removed, segments.size()));
        return segments.subList(0, removed);
    }

    boolean contains(List<Segment> some) {
        return list.containsAll(some);
    }

    /** Puts one segment in the place of several that follow one another; false, and no change, if one of them is gone. */
    boolean replace(List<Segment> sources, Segment replacement) {
        List<Segment> segments = list;
        int first = segments.indexOf(sources.getFirst());
        int end = first + sources.size();
        if (first < 0 || end > segments.size() || !segments.subList(first, end).equals(sources)) {
            return false;
        }
        replacement.belongsTo(owner);
        if (end < segments.size()) {
            replacement.endsAt(segments.get(end).baseOffset());
        }
        List<Segment> replaced = new ArrayList<>(segments.subList(0, first));
        replaced.add(replacement);
        replaced.addAll(segments.subList(end, segments.size()));
        list = List.copyOf(replaced);
        return true;
    }

    List<Scrub.ScrubbedFile> toScrub() {
        return list.stream().map(Segment::toScrub).toList();
    }

    /** As retention sees them: what is on its way to the last one counts as in it. */
    List<RetentionRules.Part> parts(Tail.Content tail) {
        List<Segment> segments = list;
        List<RetentionRules.Part> parts = new ArrayList<>(segments.size());
        Tail.Content none = new Tail.Content(0, -1, 0);
        for (int i = 0; i < segments.size(); i++) {
            boolean isLast = i == segments.size() - 1;
            long endOffset = isLast ? tail.logEndOffset() : segments.get(i + 1).baseOffset();
            parts.add(new SegmentPart(segments.get(i), endOffset, isLast ? tail : none));
        }
        return parts;
    }

    private record SegmentPart(Segment segment, long endOffset, Tail.Content tail) implements RetentionRules.Part {
        @Override
        public long sizeBytes() throws IOException {
            return segment.sizeBytes() + tail.sizeBytes();
        }

        @Override
        public long newestMs() throws IOException {
            return Math.max(segment.newestMs(), tail.newestMs());
        }
    }

    /** The directory was renamed; another may take its name. */
    void movedTo(Path newDirectory) {
        list.forEach(segment -> segment.movedTo(newDirectory));
    }

    /** From now on nobody opens a file of those that are closed: their names may be others' soon. */
    void refuseToOpen() {
        list.forEach(Segment::refuseToOpen);
    }

    long sizeBytes() throws IOException {
        long bytes = 0;
        for (Segment segment : list) {
            bytes += sizeOf(segment);
        }
        return bytes;
    }

    private static long sizeOf(Segment segment) throws IOException {
        try {
            return segment.sizeBytes();
        } catch (NoSuchFileException deleted) {
            // It was in the list a moment ago.
            return 0;
        }
    }

    void close() throws IOException {
        for (Segment segment : list) {
            segment.close();
        }
    }
}
