package dev.klamm.cli;

import picocli.CommandLine.ExitCode;

/** A command could not do what it was asked; the message is one sentence for the user, with the way out. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitStatus;

    private Failure(String sentence, int exitStatus) {
        super(sentence, null, false, false);
        this.exitStatus = exitStatus;
    }

    Failure(String sentence) {
        this(sentence, ExitCode.SOFTWARE);
    }

    /** It was asked in a way that makes no sense. */
    static Failure ofUse(String sentence) {
        return new Failure(sentence, ExitCode.USAGE);
    }

    int exitStatus() {
        return exitStatus;
    }
}
