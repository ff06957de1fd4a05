package dev.klamm.cli;

/** A command could not do what it was asked; the message is one sentence for the user, with the way out. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failure(String sentence) {
        super(sentence, null, false, false);
    }
}
