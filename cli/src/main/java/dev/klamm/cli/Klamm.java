package dev.klamm.cli;

import dev.klamm.server.UpCommand;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
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
        versionProvider = Klamm.Version.class,
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

    /** In the order of the help. */
    private static final List<Class<?>> COMMANDS = List.of(
            UpCommand.class,
            TopicCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            GroupCommand.class,
            TransactionCommand.class,
            ConfigCommand.class,
            LogCommand.class,
            DoctorCommand.class,
            DemoCommand.class,
            CompletionCommand.class);

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-h", "--help"},
            order = 110,
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    private boolean help;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(names = "--version", order = 111, versionHelp = true, description = "Show the version and exit.")
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
        klamm.getSubcommands().values().forEach(Klamm::abbreviateSynopsis);
        klamm.setOut(console.out());
        klamm.setErr(console.err());
        klamm.setUsageHelpWidth(Math.clamp(console.width(), 80, 120));
        klamm.setCaseInsensitiveEnumValuesAllowed(true);
        klamm.setColorScheme(CommandLine.Help.defaultColorScheme(console.outIsTerminal() ? Ansi.ON : Ansi.OFF));
        klamm.setExecutionExceptionHandler(Klamm::failed);
        klamm.setParameterExceptionHandler(Klamm::misused);
        return klamm;
    }

    /** The options stand below anyway. */
    private static void abbreviateSynopsis(CommandLine command) {
        command.getCommandSpec().usageMessage().abbreviateSynopsis(true);
        command.getSubcommands().values().forEach(Klamm::abbreviateSynopsis);
    }

    private static int failed(Exception failure, CommandLine command, ParseResult arguments) {
        command.getOut().flush();
        command.getErr().println(Diagnosis.of(failure).sentence());
        return switch (failure) {
            case Failure ours -> ours.exitStatus();
            case ConfigException _ -> CommandLine.ExitCode.USAGE;
            default -> CommandLine.ExitCode.SOFTWARE;
        };
    }

    private static int misused(ParameterException misuse, String[] args) {
        CommandLine command = misuse.getCommandLine();
        command.getErr().println(misuse instanceof UnmatchedArgumentException it ? unmatched(it) : sentence(misuse));
        command.getErr().println("Its help: " + command.getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static String unmatched(UnmatchedArgumentException misuse) {
        CommandLine command = misuse.getCommandLine();
        String word = misuse.getUnmatched().getFirst();
        boolean isOption = word.startsWith("-");
        Collection<String> known = isOption
                ? command.getCommandSpec().optionsMap().keySet()
                : command.getSubcommands().keySet();
        String hint =
                Nearest.to(word, known).map(it -> " Did you mean " + it + "?").orElse("");
        if (isOption) {
            return command.getCommandSpec().qualifiedName() + " has no option " + word + "." + hint;
        }
        return known.isEmpty()
                ? command.getCommandSpec().qualifiedName() + " has no use for '" + word + "'."
                : "There is no command '" + command.getCommandSpec().qualifiedName() + " " + word + "'." + hint;
    }

    private static String sentence(ParameterException misuse) {
        String message = String.valueOf(misuse.getMessage()).replaceFirst("^Error: ", "");
        return message.endsWith(".") || message.endsWith("?") ? message : message + ".";
    }

    /** What {@code --version} prints. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {dev.klamm.server.Version.text()};
        }
    }
}
