package dev.klamm.broker.config;

/** A setting has a name or a value that can't be; the message is one sentence for the user. */
public final class InvalidSettingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public InvalidSettingException(String message) {
        super(message);
    }
}
