package dev.klamm.conformance;

/** What a consumer gets to know of a record. */
record Received(int partition, long offset, Sent sent) {
    String value() {
        return String.valueOf(sent.value());
    }
}
