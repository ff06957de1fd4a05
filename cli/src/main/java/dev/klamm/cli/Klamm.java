package dev.klamm.cli;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code klamm} command. Exit status: 0 it worked, 1 it didn't, 2 it was asked for wrongly; for the last two, one
 * sentence on standard error says what is wrong and what to do.
 */
@Command(
        name = "klamm",
        description = "A complete event-streaming platform in one process.",
        synopsisSubcommandLabel = "COMMAND",
        version = Klamm.VERSION,
        sortOptions = false,
        footer = {
            "",
            "Start a broker, then look around from a second terminal:",
            "  klamm up",
            "  klamm demo rides",
            "",
            "Every command explains itself, with examples: klamm topic create --help"
        })
final class Klamm {

    static final String VERSION = "klamm 0.1.0";

    /** In the order of the help. */
    private static final List<Class<?>> COMMANDS =
            List.of(TopicCommand.class, ConfigCommand.class, CompletionCommand.class);

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    private boolean help;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(names = "--version", versionHelp = true, description = "Show the version and exit.")
    private boolean version;

    public static void main(String[] args) {
        Console console = Console.ofThisProcess();
        int status = run(console, args);
        console.flush();
        System.exit(status);
    }

    /** Runs one command in this process, reading and writing through {@code console}; returns its exit status. */
    static int run(Console console, String... args) {
        if (args.length == 0) {
            commandLine(console, COMMANDS).usage(console.out());
            return CommandLine.ExitCode.OK;
        }
        if (args[0].equals("help")) {
            args = Stream.concat(Arrays.stream(args).skip(1), Stream.of("--help"))
                    .toArray(String[]::new);
        }
        return commandLine(console, commandsFor(args[0])).execute(args);
    }

    /** The command that is meant, or all: picocli reads each one's annotations, which would be half of a short run. */
    private static List<Class<?>> commandsFor(String name) {
        List<Class<?>> meant = COMMANDS.stream()
                .filter(command -> command.getAnnotation(Command.class).name().equals(name))
                .filter(command -> command != CompletionCommand.class)
                .toList();
        return meant.isEmpty() ? COMMANDS : meant;
    }

    private static CommandLine commandLine(Console console, List<Class<?>> commands) {
        CommandLine klamm = new CommandLine(Klamm.class, new CommandFactory(console));
        commands.forEach(klamm::addSubcommand);
        klamm.setOut(console.out());
        klamm.setErr(console.err());
        klamm.setUsageHelpWidth(Math.clamp(console.width(), 80, 120));
        klamm.setCaseInsensitiveEnumValuesAllowed(true);
        klamm.setColorScheme(CommandLine.Help.defaultColorScheme(console.outIsTerminal() ? Ansi.ON : Ansi.OFF));
        klamm.setExecutionExceptionHandler(Klamm::failed);
        klamm.setParameterExceptionHandler(Klamm::misused);
        return klamm;
    }

    private static int failed(Exception failure, CommandLine command, ParseResult arguments) {
        command.getOut().flush();
        command.getErr().println(Diagnosis.of(failure).sentence());
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static int misused(ParameterException misuse, String[] args) {
        CommandLine command = misuse.getCommandLine();
        Stream<String> suggestions = misuse instanceof UnmatchedArgumentException unmatched
                ? unmatched.getSuggestions().stream().limit(1)
                : Stream.empty();
        String meant =
                suggestions.map(it -> " Did you mean " + it + "?").findFirst().orElse("");
        command.getErr().println(asSentence(String.valueOf(misuse.getMessage()).replaceFirst("^Error: ", "")) + meant);
        command.getErr().println("Its help: " + command.getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static String asSentence(String message) {
        return message.endsWith(".") || message.endsWith("?") ? message : message + ".";
    }
}
