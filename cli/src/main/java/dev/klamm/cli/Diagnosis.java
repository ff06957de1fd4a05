package dev.klamm.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** Why a command failed, as one sentence. The brokers' own words stay where they say it well. */
record Diagnosis(String sentence) {

    static Diagnosis of(Throwable failure) {
        return new Diagnosis(sentence(rootOf(failure)));
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable cause = failure.getCause();
        boolean isWrapper = failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure.getClass() == KafkaException.class;
        return isWrapper && cause != null ? rootOf(cause) : failure;
    }

    private static String sentence(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case Failure ours -> message;
            case UnknownTopicOrPartitionException _ ->
                "There is no such topic or partition. Which there are: klamm topic list";
            case TopicExistsException _ -> closed(message) + " To go on anyway: --if-not-exists";
            case GroupIdNotFoundException _ -> closed(message) + " Which there are: klamm group list";
            case TransactionalIdNotFoundException _ -> closed(message) + " Which there are: klamm transaction list";
            case GroupNotEmptyException _ -> closed(message) + " Stop its members first.";
            case RecordTooLargeException _ -> closed(message) + " The topic's limit is its setting max.message.bytes.";
            case TimeoutException _ -> "The broker did not answer in time: " + closed(message);
            case UnsupportedVersionException _ -> "This broker can't do that: " + closed(message);
            case SaslAuthenticationException _ -> "The broker refused the credentials: " + closed(message);
            case NoSuchFileException _ -> "There is no file " + message + ".";
            case IOException _ -> "Can't read or write: " + closed(message);
            case KafkaException _ -> closed(message);
            case InterruptedException _ -> "Interrupted.";
            default -> "Something is wrong in klamm itself: " + failure;
        };
    }

    private static String closed(String sentence) {
        String text = sentence.strip();
        return text.endsWith(".") ? text : text + ".";
    }
}
