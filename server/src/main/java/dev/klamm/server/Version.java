package dev.klamm.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Which Klamm this is; the number stands in the root POM. */
public final class Version {

    private Version() {}

    /** As {@code klamm 0.1.0}. */
    public static String text() {
        try (InputStream in = Version.class.getResourceAsStream("version")) {
            if (in == null) {
                throw new IllegalStateException("the resource 'version' is missing from the jar");
            }
            return "klamm " + new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
