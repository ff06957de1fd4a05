package dev.klamm.broker.api;

import dev.klamm.broker.topic.FinalizedFeatures;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Which handler serves which API key. What stands here is what ApiVersions announces; each API is served in every stable
 * version that Apache Kafka 4.3 serves it in. Immutable.
 */
public final class ApiTable {
    private final Map<ApiKeys, Api<?>> apis = new EnumMap<>(ApiKeys.class);

    /**
     * @param apis all but ApiVersions, which the table adds by itself
     * @param features as they are at a moment, of which ApiVersions tells clients
     */
    public ApiTable(List<Api<?>> apis, Supplier<FinalizedFeatures> features) {
        add(new ApiVersionsApi(this, features));
        apis.forEach(this::add);
    }

    private void add(Api<?> api) {
        if (apis.put(api.key(), api) != null) {
            throw new IllegalArgumentException("two handlers for " + api.key());
        }
    }

    public Set<ApiKeys> keys() {
        return Collections.unmodifiableSet(apis.keySet());
    }

    public Optional<Api<?>> find(ApiKeys key) {
        return Optional.ofNullable(apis.get(key));
    }

    /** True if requests of this key and version are served. */
    public boolean serves(ApiKeys key, short version) {
        return apis.containsKey(key) && version >= key.oldestVersion() && version <= latestVersion(key);
    }

    /** The latest version that we serve; a version that Kafka itself calls unstable is left out. */
    public static short latestVersion(ApiKeys key) {
        return key.latestVersion(false);
    }

    /** Runs the handler of {@code context.apiKey()}, which must be in the table, on the calling thread. */
    public Answer handle(ApiMessage request, RequestContext context) throws InterruptedException {
        Api<?> api = apis.get(context.apiKey());
        if (api == null) {
            throw new IllegalArgumentException("no handler for " + context.apiKey());
        }
        return handleWith(api, request, context);
    }

    @SuppressWarnings("unchecked") // the request was parsed as the class that belongs to the API key
    private static <Q extends ApiMessage> Answer handleWith(Api<Q> api, ApiMessage request, RequestContext context)
            throws InterruptedException {
        return api.handle((Q) request, context);
    }
}
