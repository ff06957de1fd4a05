package dev.klamm.broker.group;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A member of a consumer group as an {@link Assignor} sees it.
 *
 * @param instanceId of a static member (KIP-345)
 * @param topics that it is subscribed to, by name or by a regular expression
 * @param target what it has in the target assignment so far, by topic id
 */
record Assignee(@Nullable String instanceId, Set<Uuid> topics, Map<Uuid, Set<Integer>> target) {}
