package dev.klamm.broker.api;

import dev.klamm.broker.topic.ConfigOutcome;
import dev.klamm.broker.topic.ConfigWish;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * IncrementalAlterConfigs, versions 0 to 1, of topics, groups and this broker. Left out: log levels and client metrics
 * (INVALID_REQUEST).
 */
public final class IncrementalAlterConfigsApi implements Api<IncrementalAlterConfigsRequestData> {
    private final Topics topics;

    public IncrementalAlterConfigsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
    }

    @Override
    public Answer handle(IncrementalAlterConfigsRequestData request, RequestContext context)
            throws InterruptedException {
        var response = new IncrementalAlterConfigsResponseData();
        var wishes = new ArrayList<ConfigWish>();
        for (AlterConfigsResource resource : request.resources()) {
            ConfigResource.Type type = ConfigResource.Type.forId(resource.resourceType());
            var named = new ConfigResource(type, resource.resourceName());
            AlterableConfig unknown = resource.configs().stream()
                    .filter(config -> !isOperation(config.configOperation()))
                    .findAny()
                    .orElse(null);
            if (unknown == null) {
                wishes.add(new ConfigWish(named, false, changes(resource)));
            } else {
                String message = "Unknown operations type " + unknown.configOperation();
                response.responses().add(response(named, new ConfigOutcome.Refused(Errors.INVALID_REQUEST, message)));
            }
        }
        List<ConfigOutcome> outcomes = ConfigAlteration.carryOut(topics, wishes, request.validateOnly());
        for (int i = 0; i < wishes.size(); i++) {
            response.responses().add(response(wishes.get(i).resource(), outcomes.get(i)));
        }
        return new Answer.Now(response);
    }

    private static List<ConfigWish.Change> changes(AlterConfigsResource resource) {
        var changes = new ArrayList<ConfigWish.Change>();
        for (AlterableConfig config : resource.configs()) {
            changes.add(new ConfigWish.Change(config.name(), operation(config.configOperation()), config.value()));
        }
        return changes;
    }

    private static boolean isOperation(byte id) {
        return id >= 0 && id <= 3;
    }

    /** The numbers of the protocol (KIP-339). */
    private static ConfigWish.Operation operation(byte id) {
        return switch (id) {
            case 0 -> ConfigWish.Operation.SET;
            case 1 -> ConfigWish.Operation.DELETE;
            case 2 -> ConfigWish.Operation.APPEND;
            case 3 -> ConfigWish.Operation.SUBTRACT;
            default -> throw new IllegalArgumentException("operation " + id);
        };
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
