package dev.klamm.cli;

import picocli.CommandLine.Command;

/** {@code klamm log}: what lies in a data directory. */
@Command(
        name = "log",
        description = "Look into the files of a data directory.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {LogDump.class})
final class LogCommand {}
