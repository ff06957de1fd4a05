package dev.klamm.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * {@code .kafka_cleanshutdown} in the root of the data directory: it is there while the broker is stopped, if it stopped
 * cleanly. Its presence is what counts; Kafka also keeps the broker epoch in it (KIP-966), as
 * {@code {"version":0,"brokerEpoch":7}}.
 */
final class CleanShutdown {
    static final String FILE_NAME = ".kafka_cleanshutdown";

    private CleanShutdown() {}

    /** Durable when it returns. {@code brokerEpoch} is -1 if the broker has none. */
    static void mark(Storage storage, Path directory, long brokerEpoch) throws IOException {
        String text = "{\"version\":0,\"brokerEpoch\":" + brokerEpoch + "}";
        SmallFile.replace(storage, directory.resolve(FILE_NAME), StandardCharsets.UTF_8.encode(text));
    }

    static boolean isMarked(Storage storage, Path directory) {
        return storage.exists(directory.resolve(FILE_NAME));
    }

    /** Durable when it returns: from then on a crash shows as one. */
    static void clear(Storage storage, Path directory) throws IOException {
        storage.delete(directory.resolve(FILE_NAME));
        storage.syncDirectory(directory);
    }
}
