package dev.klamm.examples.rides;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** The records of these programs, as JSON. */
final class Json {

    private static final ObjectMapper MAPPER = new ObjectMapper().registerModule(new JavaTimeModule());

    private Json() {}

    /** @throws SerializationException if it is not the JSON of one */
    static <T> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new SerializationException("This is no " + type.getSimpleName() + ": " + json, e);
        }
    }

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new SerializationException(e);
        }
    }

    /** How Kafka Streams reads and writes one. A null is a tombstone, and stays one. */
    static <T> Serde<T> serde(Class<T> type) {
        return Serdes.serdeFrom(
                (_, value) -> value == null ? null : write(value).getBytes(StandardCharsets.UTF_8),
                (_, bytes) -> bytes == null ? null : read(new String(bytes, StandardCharsets.UTF_8), type));
    }
}
