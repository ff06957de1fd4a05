package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** A line is a value or, with a separator, a key and a value; bytes go through as they are. */
final class TextInput implements InputFormat {

    private final String topic;
    private final @Nullable Integer partition;
    private final byte @Nullable [] key;
    private final byte @Nullable [] keySeparator;
    private final List<Header> headers;

    /**
     * @param partition null: the producer's partitioner decides, by the key
     * @param key of records that bring none of their own
     */
    TextInput(
            String topic,
            @Nullable Integer partition,
            byte @Nullable [] key,
            byte @Nullable [] keySeparator,
            List<Header> headers) {
        this.topic = topic;
        this.partition = partition;
        this.key = key;
        this.keySeparator = keySeparator;
        this.headers = headers;
    }

    @Override
    public ProducerRecord<byte[], byte[]> record(byte[] line) throws IOException {
        if (keySeparator == null) {
            return new ProducerRecord<>(topic, partition, key, line, headers);
        }
        int end = indexOf(line, keySeparator);
        if (end < 0) {
            throw new IOException("it has no key: there is no '" + new String(keySeparator, UTF_8) + "' in it");
        }
        byte[] ownKey = Arrays.copyOf(line, end);
        byte[] value = Arrays.copyOfRange(line, end + keySeparator.length, line.length);
        return new ProducerRecord<>(topic, partition, ownKey, value, headers);
    }

    /** The first place of {@code part} in {@code line}, or -1. */
    private static int indexOf(byte[] line, byte[] part) {
        for (int at = 0; at <= line.length - part.length; at++) {
            if (Arrays.equals(line, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        return -1;
    }
}
