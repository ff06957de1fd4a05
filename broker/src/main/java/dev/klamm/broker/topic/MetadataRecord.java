package dev.klamm.broker.topic;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * One record of the metadata log, as Kafka's KRaft controllers frame it. All three numbers are unsigned varints.
 *
 * <pre>
 * frame version   1
 * api key         which record ({@link MetadataRecordType})
 * version         of the record's schema
 * message         in that version
 * </pre>
 */
record MetadataRecord(ApiMessage message, short version) {
    private static final int FRAME_VERSION = 1;

    /** In the newest version whose schema needs nothing that Klamm does not write. */
    static MetadataRecord of(ApiMessage message) {
        short version = MetadataRecordType.fromId(message.apiKey()).highestSupportedVersion();
        return new MetadataRecord(message, version);
    }

    /** One batch, which is in the log whole or not at all; offsets and epoch are for the log to fill in. */
    static ByteBuffer batch(List<MetadataRecord> records, long timestampMs) {
        SimpleRecord[] framed = records.stream()
                .map(record -> new SimpleRecord(timestampMs, null, record.encode()))
                .toArray(SimpleRecord[]::new);
        return MemoryRecords.withRecords(Compression.NONE, 0, framed).buffer();
    }

    private byte[] encode() {
        var cache = new ObjectSerializationCache();
        int size = ByteUtils.sizeOfUnsignedVarint(FRAME_VERSION)
                + ByteUtils.sizeOfUnsignedVarint(message.apiKey())
                + ByteUtils.sizeOfUnsignedVarint(version)
                + message.size(cache, version);
        byte[] bytes = new byte[size];
        var out = new ByteBufferAccessor(ByteBuffer.wrap(bytes));
        out.writeUnsignedVarint(FRAME_VERSION);
        out.writeUnsignedVarint(message.apiKey());
        out.writeUnsignedVarint(version);
        message.write(out, cache, version);
        return bytes;
    }

    /** @throws UnusableDirectoryException if a later Kafka, or nobody's, wrote it */
    static MetadataRecord decode(ByteBuffer value) throws UnusableDirectoryException {
        try {
            var in = new ByteBufferAccessor(value);
            int frameVersion = in.readUnsignedVarint();
            if (frameVersion != FRAME_VERSION) {
                throw new UnusableDirectoryException(
                        "The metadata log has a record of frame version " + frameVersion + "; Klamm knows 1.");
            }
            ApiMessage message =
                    MetadataRecordType.fromId((short) in.readUnsignedVarint()).newMetadataRecord();
            short version = (short) in.readUnsignedVarint();
            message.read(in, version);
            return new MetadataRecord(message, version);
        } catch (RuntimeException e) {
            // The generated readers say so in several ways: unknown key, unknown version, bytes that end too early.
            throw new UnusableDirectoryException(
                    "The metadata log has a record that Kafka 4.3 does not know: " + e.getMessage());
        }
    }
}
