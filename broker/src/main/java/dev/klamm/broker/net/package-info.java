/** Connections: frames in, answers out, in order, within bounds. */
@NullMarked
package dev.klamm.broker.net;

import org.jspecify.annotations.NullMarked;
