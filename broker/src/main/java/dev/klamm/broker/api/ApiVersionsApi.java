package dev.klamm.broker.api;

import dev.klamm.broker.topic.Feature;
import dev.klamm.broker.topic.FinalizedFeatures;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ApiVersions, versions 0 to 4: what this broker serves (KIP-35, KIP-511, KIP-584).
 *
 * <p>A version that we don't know is answered too, in version 0, with UNSUPPORTED_VERSION and the versions of this one
 * API, so that the client can ask again.
 *
 * <p>Of Kafka's features those are announced that are served ({@link Feature}); leaving one out means level 0. Clients before
 * version 4 can't read a feature whose lowest level is 0 (KAFKA-17492), so they are not told that it is supported.
 */
final class ApiVersionsApi implements Api<ApiVersionsRequestData> {

    /** KIP-511: what clients may call themselves. */
    private static final Pattern SOFTWARE_NAME = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?");

    /** librdkafka compresses nothing for a broker that does not announce Produce v0 (KAFKA-18659); it is refused all the same. */
    private static final short ANNOUNCED_OLDEST_PRODUCE_VERSION = 0;

    private final ApiTable table;
    private final Supplier<FinalizedFeatures> features;

    ApiVersionsApi(ApiTable table, Supplier<FinalizedFeatures> features) {
        this.table = table;
        this.features = features;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.API_VERSIONS;
    }

    @Override
    public Answer handle(ApiVersionsRequestData request, RequestContext context) {
        if (!table.serves(ApiKeys.API_VERSIONS, context.apiVersion())) {
            return new Answer.Now(unsupportedVersion());
        }
        if (context.apiVersion() >= 3 && !isNamedProperly(request)) {
            return new Answer.Now(new ApiVersionsResponseData().setErrorCode(Errors.INVALID_REQUEST.code()));
        }
        return new Answer.Now(everything(context.apiVersion()));
    }

    private static boolean isNamedProperly(ApiVersionsRequestData request) {
        return SOFTWARE_NAME.matcher(request.clientSoftwareName()).matches()
                && SOFTWARE_NAME.matcher(request.clientSoftwareVersion()).matches();
    }

    private static ApiVersionsResponseData unsupportedVersion() {
        var response = new ApiVersionsResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code());
        response.apiKeys().add(versionsOf(ApiKeys.API_VERSIONS));
        return response;
    }

    private ApiVersionsResponseData everything(short version) {
        var response = new ApiVersionsResponseData();
        for (ApiKeys key : table.keys()) {
            response.apiKeys().add(versionsOf(key));
        }
        FinalizedFeatures finalized = features.get();
        response.setFinalizedFeaturesEpoch(finalized.epoch());
        for (Feature feature : Feature.values()) {
            if (feature.isServed()) {
                addSupported(feature, version, response);
                addFinalized(feature, finalized.level(feature), response);
            }
        }
        return response;
    }

    private static void addSupported(Feature feature, short version, ApiVersionsResponseData response) {
        if (feature.lowest() > 0 || version >= 4) {
            response.supportedFeatures()
                    .add(new SupportedFeatureKey()
                            .setName(feature.id())
                            .setMinVersion(feature.lowest())
                            .setMaxVersion(feature.highest()));
        }
    }

    private static void addFinalized(Feature feature, short level, ApiVersionsResponseData response) {
        if (level > 0) {
            response.finalizedFeatures()
                    .add(new FinalizedFeatureKey()
                            .setName(feature.id())
                            .setMinVersionLevel(level)
                            .setMaxVersionLevel(level));
        }
    }

    private static ApiVersion versionsOf(ApiKeys key) {
        return new ApiVersion()
                .setApiKey(key.id)
                .setMinVersion(key == ApiKeys.PRODUCE ? ANNOUNCED_OLDEST_PRODUCE_VERSION : key.oldestVersion())
                .setMaxVersion(ApiTable.latestVersion(key));
    }
}
