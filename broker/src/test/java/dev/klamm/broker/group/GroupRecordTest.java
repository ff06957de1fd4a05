package dev.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The bytes are those that the group coordinator of Apache Kafka 4.3.1 makes of the same. */
class GroupRecordTest {
    private static final long TIME = 1_600_000_000_000L;
    private static final String OFFSET_KEY = "000100067269646572730005726964657300000003";
    private static final String GROUP_KEY = "00020006726964657273";
    private static final String STABLE = "00030008636f6e73756d657200000001000572616e67650007616c6963652d31"
            + "00000174876e8000000000010007616c6963652d31000269310005616c696365000a2f3132372e302e302e31"
            + "0000ea600000271000000003010203000000020405";

    @Test
    void anOffsetIsWrittenAsKafkaWritesIt() {
        var offset = new CommittedOffset(42, 7, "abc", TIME, -1, new Uuid(1, 2), -1);
        GroupRecord record = GroupRecord.of("riders", "rides", 3, offset);

        assertThat(hex(record.keyBytes())).isEqualTo(OFFSET_KEY);
        assertThat(hex(record.valueBytes()))
                .isEqualTo("0004000000000000002a000000070461626300000174876e8000"
                        + "01001000000000000000010000000000000002");
    }

    @Test
    void anOffsetThatExpiresByItselfIsWrittenInTheVersionThatCanSayIt() {
        var offset = new CommittedOffset(42, -1, "", TIME, TIME + 1000, Uuid.ZERO_UUID, -1);

        assertThat(hex(GroupRecord.of("riders", "rides", 3, offset).valueBytes()))
                .isEqualTo("0001000000000000002a000000000174876e800000000174876e83e8");
    }

    @Test
    void groupsAreWrittenAsKafkaWritesThem() {
        GroupRecord empty = GroupRecord.of("riders", Empty.created(TIME));

        assertThat(hex(empty.keyBytes())).isEqualTo(GROUP_KEY);
        assertThat(hex(empty.valueBytes())).isEqualTo("0003000000000000ffffffff00000174876e800000000000");
        assertThat(hex(stable().valueBytes())).isEqualTo(STABLE);
    }

    @Test
    void aTombstoneHasNoValue() {
        assertThat(hex(GroupRecord.tombstone("riders").keyBytes())).isEqualTo(GROUP_KEY);
        assertThat(GroupRecord.tombstone("riders").valueBytes()).isNull();
        assertThat(hex(GroupRecord.tombstone("riders", "rides", 3).keyBytes())).isEqualTo(OFFSET_KEY);
        assertThat(GroupRecord.tombstone("riders", "rides", 3).valueBytes()).isNull();
    }

    @Test
    void whatKafkaWroteIsRead() {
        assertThat(read(GROUP_KEY, STABLE)).isEqualTo(stable());
    }

    @Test
    void recordsOfOtherProtocolsArePassedOver() {
        // A ShareGroupMetadata key of KIP-932: type 11.
        assertThat(GroupRecord.read(ByteBuffer.wrap(HexFormat.of().parseHex("000b000672696465727300")), null))
                .isEmpty();
    }

    @Test
    void aRecordThatIsCutAnywhereIsRefused() {
        byte[] value = HexFormat.of().parseHex(STABLE);
        for (int length = 0; length < value.length; length++) {
            String cut = hex(Arrays.copyOf(value, length));
            assertThatThrownBy(() -> read(GROUP_KEY, cut)).isInstanceOf(RuntimeException.class);
        }
    }

    private static GroupRecord stable() {
        var range = new Member.Protocol("range", Bytes.wrap(new byte[] {1, 2, 3}));
        var alice = new Member(
                "alice-1",
                "i1",
                "alice",
                "/127.0.0.1",
                60_000,
                10_000,
                "consumer",
                List.of(range),
                Bytes.wrap(new byte[] {4, 5}),
                false,
                null,
                null);
        return GroupRecord.of("riders", 1, "consumer", "range", Roster.NOBODY.add(alice), TIME);
    }

    private static GroupRecord read(String key, String value) {
        return GroupRecord.read(
                        ByteBuffer.wrap(HexFormat.of().parseHex(key)),
                        ByteBuffer.wrap(HexFormat.of().parseHex(value)))
                .orElseThrow();
    }

    private static String hex(byte @Nullable [] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }
}
