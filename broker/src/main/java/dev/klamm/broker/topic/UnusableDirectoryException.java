package dev.klamm.broker.topic;

import java.io.IOException;

/** The data directory holds something that Klamm can't go on with; the message is one sentence for the user. */
public final class UnusableDirectoryException extends IOException {
    private static final long serialVersionUID = 1;

    public UnusableDirectoryException(String message) {
        super(message);
    }
}
