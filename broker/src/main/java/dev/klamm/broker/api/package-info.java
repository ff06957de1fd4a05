/** One handler per API key of Kafka's protocol, and the table that dispatches to them. */
@NullMarked
package dev.klamm.broker.api;

import org.jspecify.annotations.NullMarked;
