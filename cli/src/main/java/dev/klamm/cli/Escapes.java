package dev.klamm.cli;

/** Separators as they are given on a command line, where a tab is hard to type. */
final class Escapes {

    private Escapes() {}

    /** Turns {@code \t}, {@code \n} and {@code \0} into what they stand for. */
    static String resolve(String text) {
        return text.replace("\\t", "\t").replace("\\n", "\n").replace("\\0", "\0");
    }
}
