package dev.klamm.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes, and which of the three a person sits at. All text is UTF-8, whatever the locale:
 * records are data, and a command must not change them. Output is buffered: a command that follows something flushes.
 *
 * @param width columns of the terminal
 */
record Console(
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        boolean inIsTerminal,
        boolean outIsTerminal,
        boolean errIsTerminal,
        int width) {

    static final int DEFAULT_WIDTH = 80;

    /**
     * The streams of this process. What is a terminal comes from the launcher, which can ask for nothing: the digits of
     * those that are in {@code klamm.terminals}, the columns in {@code klamm.columns}.
     */
    static Console ofThisProcess() {
        String terminals = System.getProperty("klamm.terminals", "");
        return new Console(
                System.in,
                writer(FileDescriptor.out),
                writer(FileDescriptor.err),
                terminals.contains("0"),
                terminals.contains("1"),
                terminals.contains("2"),
                Integer.getInteger("klamm.columns", DEFAULT_WIDTH));
    }

    private static PrintWriter writer(FileDescriptor file) {
        var bytes = new BufferedOutputStream(new FileOutputStream(file), 1 << 16);
        return new PrintWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));
    }

    /** Flushes, and tells whether the reader of the output has gone ({@code klamm consume rides | head}). */
    boolean outIsClosed() {
        return out.checkError();
    }

    void flush() {
        out.flush();
        err.flush();
    }
}
