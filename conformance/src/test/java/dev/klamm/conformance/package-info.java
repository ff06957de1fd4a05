/**
 * Other people's programs, run against the broker: clients in four languages, Apache Kafka's own tools, and SIGKILL.
 * {@code -Dconformance.broker=kafka} runs the same tests against Apache Kafka.
 */
@NullMarked
package dev.klamm.conformance;

import org.jspecify.annotations.NullMarked;
