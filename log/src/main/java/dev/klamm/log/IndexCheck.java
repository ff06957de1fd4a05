package dev.klamm.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the two indexes of a segment with its batches, which are shown to it one by one. An index is right if it leads a
 * search to the right place: an entry of the offset index is where a batch begins that does not begin behind the
 * entry's offset; one of the time index has the greatest timestamp up to its offset.
 */
final class IndexCheck {
    private static final String MISSING = "is missing";

    private final List<SideFiles.OffsetEntry> offsets;
    private final List<SideFiles.TimeEntry> times;
    private int nextOffset;
    private int nextTime;
    private long maxTimestampMs = -1;
    private @Nullable String offsetFault;
    private @Nullable String timeFault;

    private interface Reader<T> {
        List<T> read(Path file) throws IOException;
    }

    IndexCheck(Path directory, long baseOffset) throws IOException {
        offsets = read(directory.resolve(Segment.fileName(baseOffset, ".index")), SideFiles::offsetIndex, true);
        times = read(directory.resolve(Segment.fileName(baseOffset, ".timeindex")), SideFiles::timeIndex, false);
    }

    private <T> List<T> read(Path file, Reader<T> reader, boolean isOffsets) throws IOException {
        try {
            return reader.read(file);
        } catch (NoSuchFileException e) {
            fault(isOffsets, MISSING);
        } catch (GarbledFileException e) {
            fault(isOffsets, "is no whole number of entries");
        }
        return List.of();
    }

    private void fault(boolean isOffsets, String what) {
        if (isOffsets) {
            offsetFault = offsetFault == null ? what : offsetFault;
        } else {
            timeFault = timeFault == null ? what : timeFault;
        }
    }

    /** Each good batch, in turn. */
    void batch(long position, long baseOffset, long lastOffset, long timestampMs) {
        checkOffsets(position, baseOffset);
        maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
        checkTimes(lastOffset);
    }

    private void checkOffsets(long position, long baseOffset) {
        while (nextOffset < offsets.size() && offsets.get(nextOffset).position() <= position) {
            SideFiles.OffsetEntry entry = offsets.get(nextOffset);
            if (entry.position() < position || entry.lastOffset() < baseOffset || !isSorted()) {
                fault(
                        true,
                        "has an entry for offset %d that leads to byte %d, where it is not"
                                .formatted(entry.lastOffset(), entry.position()));
            }
            nextOffset++;
        }
    }

    private boolean isSorted() {
        return nextOffset == 0
                || offsets.get(nextOffset).lastOffset()
                        > offsets.get(nextOffset - 1).lastOffset();
    }

    private void checkTimes(long lastOffset) {
        while (nextTime < times.size() && times.get(nextTime).offset() <= lastOffset) {
            SideFiles.TimeEntry entry = times.get(nextTime);
            boolean isSorted = nextTime == 0
                    || (entry.timestampMs() > times.get(nextTime - 1).timestampMs()
                            && entry.offset() >= times.get(nextTime - 1).offset());
            if (entry.timestampMs() != maxTimestampMs || !isSorted) {
                fault(false, "has a timestamp for offset %d that the batches do not have".formatted(entry.offset()));
            }
            nextTime++;
        }
    }

    /** Bytes that are no good batch: what leads there can't be judged, nor what times were there. */
    void damaged(long to) {
        while (nextOffset < offsets.size() && offsets.get(nextOffset).position() < to) {
            nextOffset++;
        }
        nextTime = times.size();
    }

    /** What is wrong with the {@code .index}; null if nothing is. To be asked behind the last batch. */
    @Nullable
    String offsetFault() {
        if (nextOffset < offsets.size()) {
            fault(true, "leads beyond the end of the segment");
        }
        return offsetFault;
    }

    /** The same of the {@code .timeindex}. */
    @Nullable
    String timeFault() {
        if (nextTime < times.size()) {
            fault(false, "leads beyond the end of the segment");
        }
        return timeFault;
    }
}
