package dev.klamm.broker.api;

import dev.klamm.broker.config.BrokerConfig;
import dev.klamm.broker.config.ConfigSource;
import dev.klamm.broker.config.GroupSettings;
import dev.klamm.broker.config.Setting;
import dev.klamm.broker.config.Settings;
import dev.klamm.broker.config.TopicSettings;
import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * DescribeConfigs, versions 1 to 4, of topics, groups and this broker. Left out: log levels and client metrics, which have no
 * settings here (INVALID_REQUEST).
 *
 * <p>Differs from Kafka: a topic setting whose value comes from a broker setting in other units, such as
 * {@code log.retention.hours}, says so; Kafka calls it a default.
 */
public final class DescribeConfigsApi implements Api<DescribeConfigsRequestData> {
    private final Topics topics;

    public DescribeConfigsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_CONFIGS;
    }

    @Override
    public Answer handle(DescribeConfigsRequestData request, RequestContext context) {
        var response = new DescribeConfigsResponseData();
        for (DescribeConfigsResource resource : request.resources()) {
            var view = new View(resource, request.includeSynonyms(), request.includeDocumentation());
            response.results()
                    .add(view.described()
                            .setResourceType(resource.resourceType())
                            .setResourceName(resource.resourceName()));
        }
        return new Answer.Now(response);
    }

    private static DescribeConfigsResult failed(Errors error, @Nullable String message) {
        return new DescribeConfigsResult().setErrorCode(error.code()).setErrorMessage(message);
    }

    private static DescribeConfigsResult invalid(String message) {
        return failed(Errors.INVALID_REQUEST, message);
    }

    /** One resource, as much of it as the request wants. */
    private final class View {
        private final DescribeConfigsResource resource;
        private final boolean withSynonyms;
        private final boolean withDocumentation;
        private final BrokerConfig config = topics.config();

        View(DescribeConfigsResource resource, boolean withSynonyms, boolean withDocumentation) {
            this.resource = resource;
            this.withSynonyms = withSynonyms;
            this.withDocumentation = withDocumentation;
        }

        DescribeConfigsResult described() {
            ConfigResource.Type type = ConfigResource.Type.forId(resource.resourceType());
            return switch (type) {
                case TOPIC -> topic(resource.resourceName());
                case BROKER -> broker(resource.resourceName());
                case GROUP -> group(resource.resourceName());
                default -> invalid("Unsupported resource type: " + type);
            };
        }

        private DescribeConfigsResult topic(String name) {
            try {
                org.apache.kafka.common.internals.Topic.validate(name);
            } catch (InvalidTopicException e) {
                return failed(Errors.INVALID_TOPIC_EXCEPTION, e.getMessage());
            }
            Topic topic = topics.byName(name).orElse(null);
            if (topic == null) {
                return failed(Errors.UNKNOWN_TOPIC_OR_PARTITION, null);
            }
            return all(TopicSettings.all(), ConfigSource.TOPIC, topic.overrides());
        }

        /** The group need not exist. */
        private DescribeConfigsResult group(String id) {
            return id.isEmpty()
                    ? invalid("Group name must not be empty")
                    : all(GroupSettings.all(), ConfigSource.GROUP, topics.groupOverrides(id));
        }

        private DescribeConfigsResult all(
                Collection<Setting> settings, ConfigSource source, Map<String, String> overrides) {
            var results = new ArrayList<DescribeConfigsResourceResult>();
            for (Setting setting : settings) {
                if (isWanted(setting)) {
                    results.add(
                            result(setting, chain(setting, source, overrides)).setReadOnly(false));
                }
            }
            return new DescribeConfigsResult().setErrorMessage(null).setConfigs(results);
        }

        /** The resource's own value if it has one, then what it hides. */
        private List<BrokerConfig.Effective> chain(
                Setting setting, ConfigSource source, Map<String, String> overrides) {
            var chain = new ArrayList<BrokerConfig.Effective>();
            String own = overrides.get(setting.name());
            if (own != null) {
                chain.add(new BrokerConfig.Effective(own, source, setting.name(), own));
            }
            chain.addAll(config.inherited(setting));
            return chain;
        }

        private DescribeConfigsResult broker(String name) {
            if (name.isEmpty()) {
                return new DescribeConfigsResult().setErrorMessage(null).setConfigs(setForAllBrokers());
            }
            if (!name.matches("-?[0-9]{1,9}")) {
                return invalid("Broker id must be an integer, but it is: " + name);
            }
            if (Integer.parseInt(name) != topics.nodeId()) {
                return invalid(
                        "Unexpected broker id, expected " + topics.nodeId() + " or empty string, but received " + name);
            }
            var results = new ArrayList<DescribeConfigsResourceResult>();
            for (Setting setting : settingsOfBroker()) {
                if (isWanted(setting)) {
                    results.add(result(setting, config.values(setting)).setReadOnly(setting.isReadOnly()));
                }
            }
            return new DescribeConfigsResult().setErrorMessage(null).setConfigs(results);
        }

        /** All that Kafka lists, and what was given beyond that, such as settings of single listeners. */
        private Collection<Setting> settingsOfBroker() {
            var settings = new TreeMap<String, Setting>();
            Settings.all().forEach(setting -> settings.put(setting.name(), setting));
            config.given().keySet().forEach(name -> Settings.find(name).ifPresent(found -> settings.put(name, found)));
            return settings.values();
        }

        private List<DescribeConfigsResourceResult> setForAllBrokers() {
            var results = new ArrayList<DescribeConfigsResourceResult>();
            new TreeMap<>(topics.brokerOverrides(""))
                    .forEach((name, value) -> Settings.find(name)
                            .filter(this::isWanted)
                            .ifPresent(setting -> {
                                var own = new BrokerConfig.Effective(
                                        value, ConfigSource.DYNAMIC_DEFAULT_BROKER, name, value);
                                results.add(result(setting, List.of(own)).setReadOnly(setting.isReadOnly()));
                            }));
            return results;
        }

        private boolean isWanted(Setting setting) {
            List<String> keys = resource.configurationKeys();
            return keys == null || keys.isEmpty() || keys.contains(setting.name());
        }

        private DescribeConfigsResourceResult result(Setting setting, List<BrokerConfig.Effective> chain) {
            BrokerConfig.Effective effective = chain.getFirst();
            var result = new DescribeConfigsResourceResult()
                    .setName(setting.name())
                    .setValue(setting.shown(effective.value()))
                    .setConfigSource(effective.source().id())
                    .setIsSensitive(setting.isSensitive())
                    .setConfigType(typeId(setting))
                    .setDocumentation(withDocumentation ? setting.documentation() : null);
            if (withSynonyms) {
                chain.stream()
                        .filter(synonym -> synonym.given() != null)
                        .forEach(synonym -> result.synonyms().add(synonym(setting, synonym)));
            }
            return result;
        }

        private static DescribeConfigsSynonym synonym(Setting setting, BrokerConfig.Effective synonym) {
            return new DescribeConfigsSynonym()
                    .setName(synonym.name())
                    .setValue(setting.isSensitive() ? null : synonym.given())
                    .setSource(synonym.source().id());
        }

        /** The numbers of the protocol (KIP-569). */
        private static byte typeId(Setting setting) {
            return switch (setting.type()) {
                case BOOLEAN -> 1;
                case STRING -> 2;
                case INT -> 3;
                case SHORT -> 4;
                case LONG -> 5;
                case DOUBLE -> 6;
                case LIST -> 7;
                case CLASS -> 8;
                case PASSWORD -> 9;
            };
        }
    }
}
