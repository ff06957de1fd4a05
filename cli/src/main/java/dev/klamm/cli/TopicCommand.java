package dev.klamm.cli;

import picocli.CommandLine.Command;

/** {@code klamm topic}: what is done with a topic as a whole. */
@Command(
        name = "topic",
        description = "Create, list, describe, alter and delete topics.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TopicCreate.class, TopicList.class, TopicDescribe.class, TopicAlter.class, TopicDelete.class})
final class TopicCommand {}
