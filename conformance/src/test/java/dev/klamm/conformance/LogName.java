package dev.klamm.conformance;

/**
 * One partition of one life of a topic.
 *
 * @param incarnation counts the topics that had this name, from 0: records of a deleted one must not show up in the next
 */
record LogName(String topic, int incarnation, int partition) {
    @Override
    public String toString() {
        return topic + "/" + incarnation + "/" + partition;
    }
}
