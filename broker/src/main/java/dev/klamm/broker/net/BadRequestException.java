package dev.klamm.broker.net;

import java.io.IOException;

/** The client sent what has no answer in the protocol: its connection is closed, and the message is logged. */
final class BadRequestException extends IOException {
    private static final long serialVersionUID = 1;

    BadRequestException(String message) {
        super(message);
    }
}
