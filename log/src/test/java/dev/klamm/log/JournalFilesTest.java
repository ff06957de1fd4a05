package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JournalFilesTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final int MEGABYTE = 1 << 20;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));

    @Test
    void whereTheDiskHasNoRoomForOneOfTheSameSizeASmallerSpareIsMadeOnce() throws IOException {
        Storage storage = disk.boot();
        storage.createDirectories(DIRECTORY);
        var files = new JournalFiles(storage, DIRECTORY, 64 * MEGABYTE, JournalReplay.read(storage, DIRECTORY));
        files.roll(3 * MEGABYTE, 0);
        files.current().advance(3 * MEGABYTE, 1);
        disk.leaveRoomFor(20 * MEGABYTE);

        files.prepareSpare();
        long operations = disk.operations();
        files.prepareSpare();

        assertThat(files.needsSpare()).isFalse();
        assertThat(disk.operations()).isEqualTo(operations);
    }
}
