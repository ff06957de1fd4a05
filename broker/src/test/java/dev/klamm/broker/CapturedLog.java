package dev.klamm.broker;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** What is logged between its creation and its end, instead of standard error. One at a time. */
public final class CapturedLog implements AutoCloseable {
    private final PrintStream standardError = System.err;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public CapturedLog() {
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    /** The lines that contain this text. */
    public List<String> lines(String text) {
        return text().lines().filter(line -> line.contains(text)).toList();
    }

    /** What was logged as an error, each with the stack trace that follows it. */
    public List<String> errors() {
        return Pattern.compile("\\n(?=\\d\\d:\\d\\d:\\d\\d)")
                .splitAsStream(text())
                .filter(line -> line.lines().findFirst().orElse("").contains(" ERROR "))
                .toList();
    }

    public String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        System.setErr(standardError);
    }
}
