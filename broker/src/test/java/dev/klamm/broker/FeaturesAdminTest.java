package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Features (KIP-584) through kafka-clients' own Admin. */
class FeaturesAdminTest {
    private static final String ELR = "eligible.leader.replicas.version";

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    private Admin admin;

    @BeforeEach
    void connect() {
        admin = broker.admin();
    }

    private FeatureMetadata described() throws Exception {
        return admin.describeFeatures().featureMetadata().get();
    }

    private static int level(FeatureMetadata described, String feature) {
        var range = described.finalizedFeatures().get(feature);
        return range == null ? 0 : range.maxVersionLevel();
    }

    private void update(String feature, int level, UpgradeType type, boolean validateOnly) throws Exception {
        var options = new UpdateFeaturesOptions().validateOnly(validateOnly);
        admin.updateFeatures(Map.of(feature, new FeatureUpdate((short) level, type)), options)
                .all()
                .get();
    }

    @Test
    void levelsGoDownAndUpAgainAndStayOverARestart() throws Exception {
        FeatureMetadata first = described();
        assertThat(level(first, ELR)).isEqualTo(1);
        assertThat(level(first, "metadata.version")).isEqualTo(30);

        update(ELR, 0, UpgradeType.SAFE_DOWNGRADE, true);
        assertThat(level(described(), ELR)).isEqualTo(1);

        update(ELR, 0, UpgradeType.SAFE_DOWNGRADE, false);
        broker.restart();
        FeatureMetadata second = described();
        assertThat(level(second, ELR)).isZero();
        assertThat(Objects.requireNonNull(second.supportedFeatures().get(ELR)).maxVersion())
                .isEqualTo((short) 1);
        assertThat(second.finalizedFeaturesEpoch().orElseThrow())
                .as("clients believe the highest epoch that they have seen")
                .isGreaterThan(first.finalizedFeaturesEpoch().orElseThrow());

        update(ELR, 1, UpgradeType.UPGRADE, false);
        assertThat(level(described(), ELR)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        eligible.leader.replicas.version | 2  | UPGRADE          | Invalid update version 2 for feature eligible.leader.replicas.version. Local controller 1 only supports versions 0-1
        metadata.version                 | 29 | UPGRADE          | Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.
        transaction.version              | 3  | UPGRADE          | Local controller 1 only supports versions 0-2
        metadata.version                 | 29 | SAFE_DOWNGRADE   | Unsupported metadata.version downgrade from 30 to 29. Refusing to perform the requested downgrade because it might delete metadata information.
        metadata.version                 | 29 | UNSAFE_DOWNGRADE | Unsafe metadata downgrade is not supported in this version.
        kraft.version                    | 1  | UPGRADE          | Local controller 1 does not support this feature.
        nobody.knows                     | 1  | UPGRADE          | Local controller 1 does not support this feature.
        """)
    void aLevelThatCantBeIsRefused(String feature, int level, UpgradeType type, String message) {
        assertThatThrownBy(() -> update(feature, level, type, false))
                .hasCauseInstanceOf(InvalidUpdateVersionException.class)
                .hasMessageContaining(message);
    }

    @Test
    void allLevelsAreChangedOrNone() throws Exception {
        var updates = Map.of(
                ELR,
                new FeatureUpdate((short) 0, UpgradeType.SAFE_DOWNGRADE),
                "group.version",
                new FeatureUpdate((short) 7, UpgradeType.UPGRADE));

        assertThatThrownBy(() -> admin.updateFeatures(updates, new UpdateFeaturesOptions())
                        .all()
                        .get())
                .hasCauseInstanceOf(InvalidUpdateVersionException.class);
        assertThat(level(described(), ELR)).isEqualTo(1);
    }
}
