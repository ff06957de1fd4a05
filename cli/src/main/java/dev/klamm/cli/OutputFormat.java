package dev.klamm.cli;

import picocli.CommandLine.Option;

/** Whether a command prints for people or for programs. A mixin. */
final class OutputFormat {

    private enum Format {
        TEXT,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            order = 90,
            paramLabel = "text|json",
            defaultValue = "text",
            description = "Print for people (text, the default) or for programs (json).")
    private Format format = Format.TEXT;

    boolean isJson() {
        return format == Format.JSON;
    }
}
