package dev.klamm.broker.api;

import dev.klamm.broker.topic.FeatureWish;
import dev.klamm.broker.topic.FeatureWish.Direction;
import dev.klamm.broker.topic.Topics;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData.UpdatableFeatureResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * UpdateFeatures, versions 0 to 2 (KIP-584, KIP-778): all of the changes are made, or none. Version 0 allows no downgrade,
 * whatever it says, as in Kafka 4.3. Left out: {@code kraft.version}, since there is no quorum (INVALID_UPDATE_VERSION).
 */
public final class UpdateFeaturesApi implements Api<UpdateFeaturesRequestData> {
    private final Topics topics;

    public UpdateFeaturesApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.UPDATE_FEATURES;
    }

    @Override
    public Answer handle(UpdateFeaturesRequestData request, RequestContext context) throws InterruptedException {
        List<FeatureWish> wishes =
                request.featureUpdates().stream().map(UpdateFeaturesApi::wish).toList();
        Optional<String> fault = topics.updateFeatures(wishes, request.validateOnly());
        var response = new UpdateFeaturesResponseData();
        if (fault.isPresent()) {
            return new Answer.Now(response.setErrorCode(Errors.INVALID_UPDATE_VERSION.code())
                    .setErrorMessage("The update failed for all features since the following feature had an error: "
                            + fault.get()));
        }
        if (context.apiVersion() <= 1) {
            wishes.forEach(wish -> response.results()
                    .add(new UpdatableFeatureResult().setFeature(wish.id()).setErrorMessage(Errors.NONE.message())));
        }
        return new Answer.Now(response.setErrorMessage(null));
    }

    private static FeatureWish wish(FeatureUpdateKey update) {
        return new FeatureWish(update.feature(), update.maxVersionLevel(), direction(update.upgradeType()));
    }

    /** The numbers of the protocol (KIP-778). */
    private static Direction direction(byte code) {
        return switch (code) {
            case 1 -> Direction.UPGRADE;
            case 2 -> Direction.SAFE_DOWNGRADE;
            case 3 -> Direction.UNSAFE_DOWNGRADE;
            default -> Direction.UNKNOWN;
        };
    }
}
