package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** How a record is shown: one line each. */
interface RecordPrinter {

    /** What may be shown of a record besides its value; in this order. */
    enum Part {
        TIMESTAMP,
        PARTITION,
        OFFSET,
        HEADERS,
        KEY
    }

    void print(ConsumerRecord<byte[], byte[]> record, PrintWriter out);

    /** Parts and value with a separator between them; what is null is shown as {@code null}. */
    static RecordPrinter text(Set<Part> parts, String separator) {
        return (record, out) -> {
            for (Part part : parts) {
                out.print(text(record, part));
                out.print(separator);
            }
            out.println(text(record.value()));
        };
    }

    /** An object with all parts; bytes that are no UTF-8 become {@code {"base64": "..."}}. */
    static RecordPrinter json() {
        return (record, out) -> Json.printLine(
                out,
                Json.object(
                        "topic", record.topic(),
                        "partition", record.partition(),
                        "offset", record.offset(),
                        "timestamp", record.timestamp() < 0 ? null : Instant.ofEpochMilli(record.timestamp()),
                        "key", json(record.key()),
                        "value", json(record.value()),
                        "headers", headers(record)));
    }

    private static String text(ConsumerRecord<byte[], byte[]> record, Part part) {
        return switch (part) {
            case TIMESTAMP ->
                record.timestamp() < 0
                        ? "-"
                        : Instant.ofEpochMilli(record.timestamp()).toString();
            case PARTITION -> String.valueOf(record.partition());
            case OFFSET -> String.valueOf(record.offset());
            case KEY -> text(record.key());
            case HEADERS ->
                String.join(
                        ",",
                        StreamSupport.stream(record.headers().spliterator(), false)
                                .map(header -> header.key() + "=" + text(header.value()))
                                .toList());
        };
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "null" : new String(bytes, UTF_8);
    }

    /** Text, or an object with base64 in it if it is none; null for null. */
    static @Nullable Object json(byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return Map.of("base64", Base64.getEncoder().encodeToString(bytes));
        }
    }

    private static List<Object> headers(ConsumerRecord<byte[], byte[]> record) {
        return json(record.headers());
    }

    static List<Object> json(Iterable<Header> all) {
        List<Object> headers = new ArrayList<>();
        for (Header header : all) {
            headers.add(Json.object("key", header.key(), "value", json(header.value())));
        }
        return headers;
    }
}
