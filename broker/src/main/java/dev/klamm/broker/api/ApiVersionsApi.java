package dev.klamm.broker.api;

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
 * <p>Of Kafka's features only metadata.version is announced. group.version 1 and transaction.version 2 tell clients to use
 * the protocols of KIP-848 and KIP-890, which are not served yet; leaving a feature out means level 0.
 */
final class ApiVersionsApi implements Api<ApiVersionsRequestData> {

    /** KIP-511: what clients may call themselves. */
    private static final Pattern SOFTWARE_NAME = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?");

    static final String METADATA_VERSION = "metadata.version";

    /** Levels of metadata.version: the oldest that Kafka 4.3 reads (3.3-IV3), and its own (4.3-IV0). */
    private static final short OLDEST_METADATA_VERSION = 7;

    private static final short LATEST_METADATA_VERSION = 30;

    /** librdkafka compresses nothing for a broker that does not announce Produce v0 (KAFKA-18659); it is refused all the same. */
    private static final short ANNOUNCED_OLDEST_PRODUCE_VERSION = 0;

    private final ApiTable table;
    private final short metadataVersion;

    /** @param metadataVersion the finalized level, or 0 for none */
    ApiVersionsApi(ApiTable table, short metadataVersion) {
        this.table = table;
        this.metadataVersion = metadataVersion;
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
        return new Answer.Now(everything());
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

    private ApiVersionsResponseData everything() {
        var response = new ApiVersionsResponseData().setFinalizedFeaturesEpoch(0);
        for (ApiKeys key : table.keys()) {
            response.apiKeys().add(versionsOf(key));
        }
        addFeatures(response);
        return response;
    }

    private void addFeatures(ApiVersionsResponseData response) {
        response.supportedFeatures()
                .add(new SupportedFeatureKey()
                        .setName(METADATA_VERSION)
                        .setMinVersion(OLDEST_METADATA_VERSION)
                        .setMaxVersion(LATEST_METADATA_VERSION));
        if (metadataVersion > 0) {
            response.finalizedFeatures()
                    .add(new FinalizedFeatureKey()
                            .setName(METADATA_VERSION)
                            .setMinVersionLevel(metadataVersion)
                            .setMaxVersionLevel(metadataVersion));
        }
    }

    private static ApiVersion versionsOf(ApiKeys key) {
        return new ApiVersion()
                .setApiKey(key.id)
                .setMinVersion(key == ApiKeys.PRODUCE ? ANNOUNCED_OLDEST_PRODUCE_VERSION : key.oldestVersion())
                .setMaxVersion(ApiTable.latestVersion(key));
    }
}
