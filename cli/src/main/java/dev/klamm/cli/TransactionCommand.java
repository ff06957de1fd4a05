package dev.klamm.cli;

import picocli.CommandLine.Command;

/** {@code klamm transaction}: transactional producers and what they have open. */
@Command(
        name = "transaction",
        description = "List and describe transactions, find those that hang, end them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TransactionList.class,
            TransactionDescribe.class,
            TransactionProducers.class,
            TransactionHanging.class,
            TransactionAbort.class,
            TransactionTerminate.class
        })
final class TransactionCommand {}
