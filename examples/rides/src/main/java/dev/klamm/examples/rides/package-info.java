/** The taxi rides of the stream-processing course, with plain Kafka clients: nothing here knows which broker it is. */
@NullMarked
package dev.klamm.examples.rides;

import org.jspecify.annotations.NullMarked;
