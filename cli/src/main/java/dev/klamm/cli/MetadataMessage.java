package dev.klamm.cli;

import java.nio.ByteBuffer;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;

/** A record of {@code __cluster_metadata}: frame version 1, the record's key, its schema's version, the message. */
record MetadataMessage(ApiMessage message, short version) {
    private static final int FRAME_VERSION = 1;

    /** @throws RuntimeException in several ways, if the bytes are none */
    static MetadataMessage read(ByteBuffer value) {
        var in = new ByteBufferAccessor(value);
        int frameVersion = in.readUnsignedVarint();
        if (frameVersion != FRAME_VERSION) {
            throw new IllegalArgumentException("frame version " + frameVersion);
        }
        ApiMessage message =
                MetadataRecordType.fromId((short) in.readUnsignedVarint()).newMetadataRecord();
        short version = (short) in.readUnsignedVarint();
        message.read(in, version);
        return new MetadataMessage(message, version);
    }
}
