package dev.klamm.conformance;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.RefreshRetriableException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;

/**
 * What clients got to see, a line for each thing that they did. Whoever writes leaves out what cannot be the same on two
 * brokers: producer ids, member ids, ports, times.
 */
final class Notes {
    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

    /** Does it, and writes down what came out, or what was thrown. */
    void write(String what, Callable<?> action) {
        String outcome;
        try {
            outcome = String.valueOf(action.call());
        } catch (ExecutionException e) {
            outcome = "fails: " + describe(e.getCause() == null ? e : e.getCause());
        } catch (Exception e) {
            outcome = "throws: " + describe(e);
        }
        lines.add(what + ": " + outcome);
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /**
     * Class and kind (KIP-1050) of an exception, and the same of its causes. Not what it says: that is the client's own
     * text, one of two, by which of its two threads was first to notice.
     */
    private static String describe(Throwable failure) {
        String line = failure.getClass().getSimpleName() + kind(failure);
        Throwable cause = failure.getCause();
        // What a client was at when its time was over is chance.
        return cause == null || failure instanceof TimeoutException ? line : line + " by " + describe(cause);
    }

    private static String kind(Throwable failure) {
        return switch (failure) {
            case RefreshRetriableException _ -> " [retriable after a refresh]";
            case RetriableException _ -> " [retriable]";
            case TransactionAbortableException _ -> " [abortable]";
            case ApplicationRecoverableException _ -> " [recoverable by the application]";
            case InvalidConfigurationException _ -> " [invalid configuration]";
            default -> "";
        };
    }
}
