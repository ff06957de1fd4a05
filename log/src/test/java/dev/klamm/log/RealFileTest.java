package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealFileTest {
    @TempDir
    Path directory;

    @Test
    void isReadAndWrittenOnAfterAnInterruptedReader() throws Exception {
        try (Storage.File file = Storage.ofThisMachine().openOrCreate(directory.resolve("f"))) {
            file.write(new ByteBuffer[] {ByteBuffer.wrap(new byte[] {1, 2, 3})}, 0);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> read(file)).isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();

            file.write(new ByteBuffer[] {ByteBuffer.wrap(new byte[] {4}), ByteBuffer.wrap(new byte[] {5})}, 3);

            assertThat(read(file)).containsExactly(1, 2, 3, 4, 5);
            file.sync();
        }
    }

    @Test
    void aReaderThatIsInterruptedDoesNotComeBetweenAWriteAndItsSync() throws Exception {
        try (Storage.File file = Storage.ofThisMachine().openOrCreate(directory.resolve("f"))) {
            file.write(new ByteBuffer[] {ByteBuffer.wrap(new byte[] {1})}, 0);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> read(file)).isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            // The name is gone: only the channel that was written through can sync it now.
            Files.delete(directory.resolve("f"));

            file.sync();
            file.write(new ByteBuffer[] {ByteBuffer.wrap(new byte[] {2})}, 1);
            file.sync();
        }
    }

    @Test
    void aWriterThatIsInterruptedBeforeItsSyncIsNeverBelievedAgain() throws Exception {
        try (Storage.File file = Storage.ofThisMachine().openOrCreate(directory.resolve("f"))) {
            file.write(new ByteBuffer[] {ByteBuffer.wrap(new byte[] {1})}, 0);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> file.write(new ByteBuffer[] {ByteBuffer.wrap(new byte[] {2})}, 1))
                    .isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();

            assertThatThrownBy(file::sync).isInstanceOf(IOException.class).hasMessageContaining("between a write");

            assertThat(read(file)).containsExactly(1);
        }
    }

    @Test
    void isNotMadeAnewUnderANameThatIsGone() throws Exception {
        Path path = directory.resolve("f");
        try (Storage.File file = Storage.ofThisMachine().openOrCreate(path)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> read(file)).isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            Files.delete(path);

            assertThatThrownBy(() -> read(file)).isInstanceOf(NoSuchFileException.class);

            assertThat(path).doesNotExist();
        }
    }

    @Test
    void staysClosedOnceItIsClosed() throws Exception {
        Storage.File file = Storage.ofThisMachine().openOrCreate(directory.resolve("f"));
        file.close();

        assertThatThrownBy(() -> read(file)).isInstanceOf(ClosedChannelException.class);
    }

    private static byte[] read(Storage.File file) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(10);
        byte[] bytes = new byte[file.read(target, 0)];
        target.flip().get(bytes);
        return bytes;
    }
}
