/** The broker: Kafka's protocol over the log. */
@NullMarked
package dev.klamm.broker;

import org.jspecify.annotations.NullMarked;
