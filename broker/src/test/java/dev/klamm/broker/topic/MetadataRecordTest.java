package dev.klamm.broker.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;

/** Against the first bytes of the metadata log of an Apache Kafka 4.3.1 (offsets 0 to 15). */
class MetadataRecordTest {
    private static ByteBuffer golden() throws IOException {
        try (var in = MetadataRecordTest.class.getResourceAsStream("kafka-4.3.1-first-metadata.log")) {
            assertThat(in).isNotNull();
            return ByteBuffer.wrap(in.readAllBytes());
        }
    }

    private static List<MetadataRecord> records(RecordBatch batch) throws IOException {
        var records = new ArrayList<MetadataRecord>();
        for (Record record : batch) {
            records.add(MetadataRecord.decode(record.value()));
        }
        return records;
    }

    private static List<RecordBatch> batches(ByteBuffer bytes) {
        var batches = new ArrayList<RecordBatch>();
        MemoryRecords.readableRecords(bytes).batches().forEach(batches::add);
        return batches;
    }

    @Test
    void aNewClusterBeginsWithTheRecordsThatKafkaWrites() throws IOException {
        List<MetadataRecord> kafkas = records(batches(golden()).get(1));

        assertThat(FirstRecords.cluster()).isEqualTo(kafkas);
    }

    @Test
    void everyRecordIsWrittenByteForByteAsKafkaWritesIt() throws IOException {
        for (RecordBatch kafkas : batches(golden())) {
            if (!kafkas.isControlBatch()) {
                ByteBuffer ours = MetadataRecord.batch(records(kafkas), kafkas.maxTimestamp());

                assertThat(values(batches(ours).getFirst())).isEqualTo(values(kafkas));
                assertThat(ours.remaining()).isEqualTo(kafkas.sizeInBytes());
            }
        }
    }

    private static List<ByteBuffer> values(RecordBatch batch) {
        var values = new ArrayList<ByteBuffer>();
        for (Record record : batch) {
            values.add(record.value());
        }
        return values;
    }

    @Test
    void theRegistrationOfABrokerIsUnderstood() throws IOException {
        List<MetadataRecord> registration = records(batches(golden()).get(3));

        assertThat(registration.getFirst().message()).isInstanceOfSatisfying(RegisterBrokerRecord.class, broker -> {
            assertThat(broker.brokerId()).isEqualTo(1);
            assertThat(broker.brokerEpoch()).isEqualTo(11);
            assertThat(broker.fenced()).isTrue();
        });
        assertThat(records(batches(golden()).get(2)).getFirst().message()).isInstanceOf(RegisterControllerRecord.class);
    }

    @Test
    void aRecordCutAtAnyByteIsRefused() {
        var record = MetadataRecord.of(
                new FeatureLevelRecord().setName("metadata.version").setFeatureLevel((short) 30));
        ByteBuffer value = batches(MetadataRecord.batch(List.of(record), 0))
                .getFirst()
                .iterator()
                .next()
                .value();

        for (int length = 0; length < value.remaining(); length++) {
            ByteBuffer cut = value.slice(0, length);
            assertThatThrownBy(() -> MetadataRecord.decode(cut)).isInstanceOf(UnusableDirectoryException.class);
        }
    }

    @Test
    void aRecordOfALaterKafkaIsRefusedByName() {
        ByteBuffer unknownKey = ByteBuffer.wrap(new byte[] {1, 127, 0});

        assertThatThrownBy(() -> MetadataRecord.decode(unknownKey))
                .isInstanceOf(UnusableDirectoryException.class)
                .hasMessageContaining("Kafka 4.3 does not know");
    }
}
