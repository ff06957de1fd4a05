package dev.klamm.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines of bytes: what is in them is nobody's business here, it need not be text. */
final class Lines implements AutoCloseable {

    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long number;

    Lines(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /** The next line without its end, which is a line feed with or without a carriage return; null after the last. */
    byte @Nullable [] next() throws IOException {
        line.reset();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        number++;
        while (next >= 0 && next != '\n') {
            line.write(next);
            next = in.read();
        }
        byte[] bytes = line.toByteArray();
        boolean endsInReturn = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
        return endsInReturn ? java.util.Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }

    /** Of the line that was read last; the first is 1. */
    long number() {
        return number;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
