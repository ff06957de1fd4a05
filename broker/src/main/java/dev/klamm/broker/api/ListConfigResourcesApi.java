package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** ListConfigResources, versions 0 to 1 (KIP-1142). There are no log levels to set, so no broker is listed for them. */
public final class ListConfigResourcesApi implements Api<ListConfigResourcesRequestData> {
    private static final List<Byte> IN_VERSION_0 = List.of(ConfigResource.Type.CLIENT_METRICS.id());

    private static final List<Byte> ALL = List.of(
            ConfigResource.Type.GROUP.id(),
            ConfigResource.Type.CLIENT_METRICS.id(),
            ConfigResource.Type.BROKER_LOGGER.id(),
            ConfigResource.Type.BROKER.id(),
            ConfigResource.Type.TOPIC.id());

    private final Topics topics;

    public ListConfigResourcesApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.LIST_CONFIG_RESOURCES;
    }

    @Override
    public Answer handle(ListConfigResourcesRequestData request, RequestContext context) {
        List<Byte> supported = context.apiVersion() == 0 ? IN_VERSION_0 : ALL;
        List<Byte> wanted = request.resourceTypes().isEmpty() ? supported : request.resourceTypes();
        var response = new ListConfigResourcesResponseData();
        if (!supported.containsAll(wanted)) {
            return new Answer.Now(response.setErrorCode(Errors.UNSUPPORTED_VERSION.code()));
        }
        topics.configured().stream()
                .filter(resource -> resource.type() != ConfigResource.Type.BROKER
                        && wanted.contains(resource.type().id()))
                .forEach(resource -> response.configResources().add(named(resource.type(), resource.name())));
        if (wanted.contains(ConfigResource.Type.BROKER.id())) {
            response.configResources().add(named(ConfigResource.Type.BROKER, Integer.toString(topics.nodeId())));
        }
        if (wanted.contains(ConfigResource.Type.TOPIC.id())) {
            topics.all()
                    .forEach(topic -> response.configResources().add(named(ConfigResource.Type.TOPIC, topic.name())));
        }
        return new Answer.Now(response);
    }

    private static ListConfigResourcesResponseData.ConfigResource named(ConfigResource.Type type, String name) {
        return new ListConfigResourcesResponseData.ConfigResource()
                .setResourceType(type.id())
                .setResourceName(name);
    }
}
