package dev.klamm.broker.api;

import dev.klamm.broker.topic.ConfigOutcome;
import dev.klamm.broker.topic.ConfigWish;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * AlterConfigs, versions 0 to 2, of topics, groups and this broker: the old way, which replaces all settings of a resource.
 * Left out: log levels and client metrics (INVALID_REQUEST).
 */
public final class AlterConfigsApi implements Api<AlterConfigsRequestData> {
    private final Topics topics;

    public AlterConfigsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.ALTER_CONFIGS;
    }

    @Override
    public Answer handle(AlterConfigsRequestData request, RequestContext context) throws InterruptedException {
        var wishes = new ArrayList<ConfigWish>();
        request.resources().forEach(resource -> wishes.add(wish(resource)));
        List<ConfigOutcome> outcomes = ConfigAlteration.carryOut(topics, wishes, request.validateOnly());
        var response = new AlterConfigsResponseData();
        for (int i = 0; i < wishes.size(); i++) {
            response.responses().add(response(wishes.get(i).resource(), outcomes.get(i)));
        }
        return new Answer.Now(response);
    }

    private static ConfigWish wish(AlterConfigsResource resource) {
        var changes = new ArrayList<ConfigWish.Change>();
        resource.configs()
                .forEach(config ->
                        changes.add(new ConfigWish.Change(config.name(), ConfigWish.Operation.SET, config.value())));
        ConfigResource.Type type = ConfigResource.Type.forId(resource.resourceType());
        return new ConfigWish(new ConfigResource(type, resource.resourceName()), true, changes);
    }

    private static AlterConfigsResourceResponse response(ConfigResource resource, ConfigOutcome outcome) {
        var response = new AlterConfigsResourceResponse()
                .setResourceType(resource.type().id())
                .setResourceName(resource.name());
        return switch (outcome) {
            case ConfigOutcome.Altered _ -> response.setErrorMessage(null);
            case ConfigOutcome.Refused(Errors error, String message) ->
                response.setErrorCode(error.code()).setErrorMessage(message);
        };
    }
}
