package dev.klamm.cli;

import dev.klamm.log.SideFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Shows an index, a snapshot of producers, or a checkpoint. */
record SideFileDump(Console console, boolean isJson, DumpRange range) {

    /** Returns whether this is such a file; it is shown then. */
    boolean print(Path file) throws IOException {
        String name = file.getFileName().toString();
        if (name.matches("\\d{20}[.]index")) {
            offsetIndex(file);
        } else if (name.matches("\\d{20}[.]timeindex")) {
            timeIndex(file);
        } else if (name.matches("\\d{20}[.]txnindex")) {
            transactionIndex(file);
        } else if (name.matches("\\d{20}[.]snapshot")) {
            producers(file);
        } else if (name.equals("leader-epoch-checkpoint")) {
            leaderEpochs(file);
        } else if (name.endsWith("-offset-checkpoint")) {
            offsets(file);
        } else {
            return false;
        }
        return true;
    }

    private Listing listing(String... names) {
        return new Listing(console, isJson, range, names);
    }

    private void offsetIndex(Path file) throws IOException {
        Listing listing = listing("lastOffset", "position");
        for (SideFiles.OffsetEntry it : SideFiles.offsetIndex(file)) {
            listing.row(it.lastOffset(), it.lastOffset(), it.position());
        }
        listing.end();
    }

    private void timeIndex(Path file) throws IOException {
        Listing listing = listing("timestamp", "offset");
        for (SideFiles.TimeEntry it : SideFiles.timeIndex(file)) {
            listing.row(it.offset(), time(it.timestampMs()), it.offset());
        }
        listing.end();
    }

    private void transactionIndex(Path file) throws IOException {
        Listing listing = listing("producerId", "firstOffset", "lastOffset", "lastStableOffset");
        for (SideFiles.AbortedTransaction it : SideFiles.transactionIndex(file)) {
            listing.row(it.lastOffset(), it.producerId(), it.firstOffset(), it.lastOffset(), it.lastStableOffset());
        }
        listing.end();
    }

    private void producers(Path file) throws IOException {
        Listing listing = listing(
                "producerId",
                "epoch",
                "lastSequence",
                "lastOffset",
                "offsetDelta",
                "lastTimestamp",
                "coordinatorEpoch",
                "transactionBegan");
        for (SideFiles.Producer it : SideFiles.producers(file)) {
            listing.row(
                    it.lastOffset(),
                    it.producerId(),
                    it.epoch(),
                    known(it.lastSequence()),
                    known(it.lastOffset()),
                    it.offsetDelta(),
                    time(it.lastTimestampMs()),
                    known(it.coordinatorEpoch()),
                    known(it.currentTxnFirstOffset()));
        }
        listing.end();
    }

    private void leaderEpochs(Path file) throws IOException {
        Listing listing = listing("leaderEpoch", "startOffset");
        for (SideFiles.Epoch it : SideFiles.leaderEpochs(file)) {
            listing.row(it.startOffset(), it.leaderEpoch(), it.startOffset());
        }
        listing.end();
    }

    private void offsets(Path file) throws IOException {
        Listing listing = listing("topic", "partition", "offset");
        for (SideFiles.PartitionOffset it : SideFiles.offsetCheckpoint(file)) {
            listing.row(it.offset(), it.topic(), it.partition(), it.offset());
        }
        listing.end();
    }

    private static @Nullable Long known(long number) {
        return number < 0 ? null : number;
    }

    private static @Nullable Instant time(long timestampMs) {
        return timestampMs < 0 ? null : Instant.ofEpochMilli(timestampMs);
    }
}
