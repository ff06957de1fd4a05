package dev.klamm.cli;

import picocli.CommandLine.Command;

/** {@code klamm config}: settings of topics and brokers. */
@Command(
        name = "config",
        description = "Show and change the settings of topics and brokers.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ConfigDescribe.class, ConfigSet.class})
final class ConfigCommand {}
