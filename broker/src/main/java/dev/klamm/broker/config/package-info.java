/** The broker's settings, under Kafka's names. */
@NullMarked
package dev.klamm.broker.config;

import org.jspecify.annotations.NullMarked;
