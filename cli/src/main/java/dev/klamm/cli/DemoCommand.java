package dev.klamm.cli;

import picocli.CommandLine.Command;

/** {@code klamm demo}. */
@Command(
        name = "demo",
        description = "Watch records flow.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = DemoRides.class)
final class DemoCommand {}
