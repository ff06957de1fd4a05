package dev.klamm.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code klamm completion}. */
@Command(
        name = "completion",
        description = "Print a script that makes the shell complete klamm's commands and options.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  source <(klamm completion bash)",
            "  klamm completion bash > ~/.local/share/bash-completion/completions/klamm"
        })
final class CompletionCommand implements Runnable {

    private enum Shell {
        BASH,
        ZSH
    }

    private final Console console;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Parameters(paramLabel = "bash|zsh", description = "The shell. One script serves both.")
    private Shell shell = Shell.BASH;

    CompletionCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        console.out()
                .print(
                        switch (shell) {
                            case BASH, ZSH ->
                                AutoComplete.bash("klamm", command.root().commandLine());
                        });
    }
}
