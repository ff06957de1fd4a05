package dev.klamm.broker.config;

import java.util.Map;

/**
 * The settings of one group of the consumer protocol: its own where it has some, within the broker's bounds, else the broker's.
 *
 * @param sessionTimeoutMs after so long without a heartbeat a member is given up
 * @param heartbeatIntervalMs how often members are told to send heartbeats
 * @param assignmentIntervalMs the least time between two target assignments
 */
public record GroupValues(int sessionTimeoutMs, int heartbeatIntervalMs, int assignmentIntervalMs) {

    /** @param overrides the group's own, by Kafka's names */
    public static GroupValues of(Map<String, String> overrides, BrokerConfig broker) {
        return new GroupValues(
                GroupSettings.withinBounds(GroupSettings.CONSUMER_SESSION_TIMEOUT, overrides, broker),
                GroupSettings.withinBounds(GroupSettings.CONSUMER_HEARTBEAT_INTERVAL, overrides, broker),
                GroupSettings.withinBounds(GroupSettings.CONSUMER_ASSIGNMENT_INTERVAL, overrides, broker));
    }
}
