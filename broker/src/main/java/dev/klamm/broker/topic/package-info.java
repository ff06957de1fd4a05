/** Topics and their settings, kept in __cluster_metadata-0 with Kafka's metadata schema. */
@NullMarked
package dev.klamm.broker.topic;

import org.jspecify.annotations.NullMarked;
