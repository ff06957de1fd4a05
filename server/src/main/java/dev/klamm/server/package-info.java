/** Configuration, and the wiring of all rooms into one process. */
@NullMarked
package dev.klamm.server;

import org.jspecify.annotations.NullMarked;
