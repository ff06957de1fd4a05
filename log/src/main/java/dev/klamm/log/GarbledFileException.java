package dev.klamm.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A small file beside the segments (checkpoint, snapshot, metadata) does not hold what it should: it was cut, changed or
 * written by a version that is not known here. What it held can be built again from the log.
 */
final class GarbledFileException extends IOException {
    private static final long serialVersionUID = 1;

    GarbledFileException(Path file, String what) {
        super(file + ": " + what);
    }
}
