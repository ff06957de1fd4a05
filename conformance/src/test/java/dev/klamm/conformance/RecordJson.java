package dev.klamm.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The line of JSON that a record is to the scripts: {@code {"key", "value", "headers": {NAME: VALUE}}} on their way in,
 * and the same with {@code "partition"} and {@code "offset"} on their way out. An absent key or value is null.
 */
final class RecordJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private RecordJson() {}

    static String write(Sent sent) {
        var line = MAPPER.createObjectNode().put("key", sent.key()).put("value", sent.value());
        sent.headers().forEach(line.putObject("headers")::put);
        return line.toString();
    }

    static String write(Received received) {
        var line =
                MAPPER.createObjectNode().put("partition", received.partition()).put("offset", received.offset());
        line.setAll((ObjectNode) parse(write(received.sent())));
        return line.toString();
    }

    static Sent readSent(String line) {
        return sent(parse(line), "value");
    }

    static Received read(String line) {
        JsonNode json = parse(line);
        return received(json, sent(json, "value"));
    }

    /** As kcat writes it with {@code -J}: the value is called payload, and the headers are one list of names and values. */
    static Received readKcat(String line) {
        JsonNode json = parse(line);
        Sent sent = sent(json, "payload");
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < json.path("headers").size(); i += 2) {
            headers.put(
                    json.get("headers").get(i).asText(),
                    json.get("headers").get(i + 1).asText());
        }
        return received(json, new Sent(sent.key(), sent.value(), headers));
    }

    static JsonNode parse(String line) {
        try {
            return MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not a line of JSON: " + line, e);
        }
    }

    private static Received received(JsonNode json, Sent sent) {
        return new Received(json.get("partition").asInt(), json.get("offset").asLong(), sent);
    }

    private static Sent sent(JsonNode json, String valueName) {
        Map<String, String> headers = new HashMap<>();
        json.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        return new Sent(text(json, "key"), text(json, valueName), headers);
    }

    private static @Nullable String text(JsonNode json, String name) {
        return json.path(name).isTextual() ? json.get(name).asText() : null;
    }
}
