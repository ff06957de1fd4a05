/** What the coordinators share: a state machine over a partition of the coordinator's topic. */
@NullMarked
package dev.klamm.broker.coordinator;

import org.jspecify.annotations.NullMarked;
