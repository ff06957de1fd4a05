package dev.klamm.log;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The names in a directory as processes see them, and those that outlive a power cut: all of the changes up to its last
 * sync and, of those after it, the first ones, as a journaling file system has it, or any. Guarded by its disk.
 */
final class SimulatedDirectory implements SimulatedNode {

    private NavigableMap<String, SimulatedNode> names = new TreeMap<>();
    private final NavigableMap<String, SimulatedNode> durableNames = new TreeMap<>();
    private final List<Consumer<NavigableMap<String, SimulatedNode>>> unsynced = new ArrayList<>();

    NavigableMap<String, SimulatedNode> names() {
        return names;
    }

    void change(Consumer<NavigableMap<String, SimulatedNode>> change) {
        change.accept(names);
        unsynced.add(change);
    }

    void sync() {
        unsynced.forEach(change -> change.accept(durableNames));
        unsynced.clear();
    }

    @Override
    public void losePower(Random random) {
        int kept = random.nextInt(unsynced.size() + 1);
        boolean isInOrder = random.nextBoolean();
        for (int i = 0; i < unsynced.size(); i++) {
            if (isInOrder ? i < kept : random.nextBoolean()) {
                unsynced.get(i).accept(durableNames);
            }
        }
        unsynced.clear();
        names = new TreeMap<>(durableNames);
        names.values().forEach(node -> node.losePower(random));
    }
}
