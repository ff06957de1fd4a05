package dev.klamm.log;

import java.util.Random;

/** What a name on a {@link SimulatedDisk} stands for. */
sealed interface SimulatedNode permits SimulatedDirectory, SimulatedFile {
    /** What was not synced is lost, or not. */
    void losePower(Random random);
}
