package dev.klamm.cli;

import java.nio.ByteBuffer;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.jspecify.annotations.Nullable;

/** A record of {@code __cluster_metadata}: frame version 1, the record's key, its schema's version, the message. */
record MetadataMessage(ApiMessage message, short version) {
    private static final int FRAME_VERSION = 1;

    /** Null if the bytes are none that Kafka 4.3 knows. */
    static @Nullable MetadataMessage read(ByteBuffer value) {
        try {
            var in = new ByteBufferAccessor(value);
            if (in.readUnsignedVarint() != FRAME_VERSION) {
                return null;
            }
            ApiMessage message =
                    MetadataRecordType.fromId((short) in.readUnsignedVarint()).newMetadataRecord();
            short version = (short) in.readUnsignedVarint();
            message.read(in, version);
            return new MetadataMessage(message, version);
        } catch (RuntimeException e) {
            // The generated readers say so in several ways: unknown key, unknown version, bytes that end too early.
            return null;
        }
    }
}
