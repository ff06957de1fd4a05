package dev.klamm.broker.topic;

import dev.klamm.broker.config.Listener;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerFeature;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerFeatureCollection;

/** What the metadata log of a new cluster begins with: the records that Kafka 4.3 itself writes then, in its order. */
final class FirstRecords {
    private FirstRecords() {}

    static List<MetadataRecord> cluster() {
        var records = new ArrayList<MetadataRecord>();
        records.add(MetadataRecord.of(new BeginTransactionRecord().setName("Bootstrap records")));
        for (Feature feature : Feature.values()) {
            records.add(MetadataRecord.of(
                    new FeatureLevelRecord().setName(feature.id()).setFeatureLevel(feature.highest())));
        }
        // With eligible leader replicas on, Kafka keeps this one for the whole cluster.
        records.add(MetadataRecord.of(new ConfigRecord()
                .setResourceType(ConfigResource.Type.BROKER.id())
                .setResourceName("")
                .setName(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG)
                .setValue("1")));
        records.add(MetadataRecord.of(new EndTransactionRecord()));
        return records;
    }

    /**
     * The registration of this broker. It is fenced, which a broker is until its first heartbeat: an Apache Kafka that takes
     * over registers anew, and would wait for the session of an unfenced one to end.
     *
     * @param brokerEpoch the offset at which the record will stand
     */
    static MetadataRecord broker(MetaProperties meta, long brokerEpoch, List<Listener> listeners) {
        var endpoints = new BrokerEndpointCollection();
        for (Listener listener : listeners) {
            endpoints.add(new BrokerEndpoint()
                    .setName(listener.name())
                    .setHost(listener.host().isEmpty() ? "localhost" : listener.host())
                    .setPort(listener.port())
                    .setSecurityProtocol((short) 0));
        }
        return MetadataRecord.of(new RegisterBrokerRecord()
                .setBrokerId(meta.nodeId())
                .setIncarnationId(Uuid.randomUuid())
                .setBrokerEpoch(brokerEpoch)
                .setEndPoints(endpoints)
                .setFeatures(supported())
                .setRack(null)
                .setFenced(true)
                .setInControlledShutdown(false)
                .setLogDirs(List.of(meta.directoryId())));
    }

    private static BrokerFeatureCollection supported() {
        var features = new BrokerFeatureCollection();
        for (Feature feature : Feature.values()) {
            features.add(new BrokerFeature()
                    .setName(feature.id())
                    .setMinSupportedVersion(feature.lowest())
                    .setMaxSupportedVersion(feature.highest()));
        }
        return features;
    }
}
