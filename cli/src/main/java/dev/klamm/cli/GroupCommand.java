package dev.klamm.cli;

import picocli.CommandLine.Command;

/** {@code klamm group}: consumer groups and where they are. */
@Command(
        name = "group",
        description = "List and describe consumer groups, move their offsets, delete them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {GroupList.class, GroupDescribe.class, GroupResetOffsets.class, GroupDelete.class})
final class GroupCommand {}
