/** The {@code klamm} commands, over the wire. */
@NullMarked
package dev.klamm.cli;

import org.jspecify.annotations.NullMarked;
