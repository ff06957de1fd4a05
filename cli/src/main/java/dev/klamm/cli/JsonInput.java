package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * A line is a JSON object as {@code klamm consume -o json} prints it. Of its members, {@code key}, {@code value},
 * {@code headers} and {@code timestamp} count; each may be missing. A key or value is a string,
 * {@code {"base64": "..."}} for what is no text, null, or any other JSON, which is then the record's text. The partition
 * does not count: a copy may have another number of them, and the key decides.
 */
final class JsonInput implements InputFormat {

    private static final JsonFactory FACTORY = new JsonFactory();

    private final String topic;
    private final @Nullable Integer partition;
    private final List<Header> headers;

    /**
     * @param partition null: the producer's partitioner decides, by the key
     * @param headers that every record gets besides its own
     */
    JsonInput(String topic, @Nullable Integer partition, List<Header> headers) {
        this.topic = topic;
        this.partition = partition;
        this.headers = headers;
    }

    @Override
    public ProducerRecord<byte[], byte[]> record(byte[] line) throws IOException {
        try (JsonParser json = FACTORY.createParser(line)) {
            return record(json);
        } catch (JsonParseException e) {
            throw new IOException("it is no JSON (" + e.getOriginalMessage() + ")");
        }
    }

    private ProducerRecord<byte[], byte[]> record(JsonParser json) throws IOException {
        Long timestamp = null;
        byte[] key = null;
        byte[] value = null;
        List<Header> all = new ArrayList<>(headers);
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("it is no JSON object");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "key" -> key = bytes(json);
                case "value" -> value = bytes(json);
                case "timestamp" -> timestamp = timestamp(json);
                case "headers" -> readHeaders(json, all);
                default -> json.skipChildren();
            }
        }
        return new ProducerRecord<>(topic, partition, timestamp, key, value, all);
    }

    private static byte @Nullable [] bytes(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_STRING -> json.getText().getBytes(UTF_8);
            default -> unwrapped(compact(json));
        };
    }

    private static byte[] compact(JsonParser json) throws IOException {
        var text = new ByteArrayOutputStream();
        try (JsonGenerator copy = FACTORY.createGenerator(text)) {
            copy.copyCurrentStructure(json);
        }
        return text.toByteArray();
    }

    /** Takes the bytes out of {@code {"base64":"..."}}. */
    private static byte[] unwrapped(byte[] json) {
        String text = new String(json, UTF_8);
        String start = "{\"base64\":\"";
        return text.startsWith(start) && text.endsWith("\"}")
                ? Base64.getDecoder().decode(text.substring(start.length(), text.length() - 2))
                : json;
    }

    private static @Nullable Long timestamp(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            return json.getLongValue();
        }
        try {
            return Instant.parse(json.getText()).toEpochMilli();
        } catch (DateTimeException e) {
            throw new IOException("its timestamp is neither like 2026-11-20T14:30:00Z nor in milliseconds");
        }
    }

    private static void readHeaders(JsonParser json, List<Header> headers) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new IOException("its headers are no array of {\"key\": ..., \"value\": ...}");
        }
        while (json.nextToken() == JsonToken.START_OBJECT) {
            String key = "";
            byte[] value = null;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isKey = json.currentName().equals("key");
                json.nextToken();
                if (isKey) {
                    key = json.getText();
                } else {
                    value = bytes(json);
                }
            }
            headers.add(new RecordHeader(key, value));
        }
    }
}
