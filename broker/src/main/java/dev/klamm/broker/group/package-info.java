/** The group coordinator: a state machine over records that live in __consumer_offsets. */
@NullMarked
package dev.klamm.broker.group;

import org.jspecify.annotations.NullMarked;
