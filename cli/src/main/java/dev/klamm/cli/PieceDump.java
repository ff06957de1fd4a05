package dev.klamm.cli;

import dev.klamm.log.StoredBatches;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Takes the pieces of a log and shows them, as batches or as records. */
interface PieceDump {

    /** @param lsn of the journal's entry that it is in; empty in a segment */
    void add(Path file, OptionalLong lsn, StoredBatches.Piece piece) throws IOException;

    /** Whether nothing more is wanted. */
    boolean isOver();

    /** Shows what is left; returns how many pieces were damaged. */
    long end();
}
