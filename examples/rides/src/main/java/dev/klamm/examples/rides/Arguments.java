package dev.klamm.examples.rides;

import java.util.Iterator;
import java.util.List;

/** Arguments of a program, in order; those at the end may be left out. */
final class Arguments {

    private final Iterator<String> left;

    Arguments(String[] args) {
        left = List.of(args).iterator();
    }

    String next(String ifLeftOut) {
        return left.hasNext() ? left.next() : ifLeftOut;
    }
}
