package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OffsetMapTest {
    private static final long MEGABYTE = 1 << 20;

    private static ByteBuffer key(long number) {
        return ByteBuffer.allocate(8).putLong(0, number);
    }

    @Test
    void givesTheLastOffsetOfEachKeyAndMinusOneForOthers() {
        Map<Long, Long> expected = new HashMap<>();
        Random random = new Random(7);
        try (OffsetMap map = new OffsetMap(MEGABYTE, 0.9, 100_000)) {
            for (long offset = 0; offset < 30_000; offset++) {
                long number = random.nextLong(20_000);
                map.put(key(number), offset);
                expected.put(number, offset);
            }

            assertThat(map.size()).isEqualTo(expected.size());
            expected.forEach(
                    (number, offset) -> assertThat(map.get(key(number))).isEqualTo(offset));
            for (long number = 20_000; number < 30_000; number++) {
                assertThat(map.get(key(number))).isEqualTo(-1);
            }
        }
    }

    @Test
    void holdsOffsetZeroAndTheEmptyKey() {
        try (OffsetMap map = new OffsetMap(MEGABYTE, 0.9, 10)) {
            map.put(ByteBuffer.allocate(0), 0);

            assertThat(map.get(ByteBuffer.allocate(0))).isZero();
        }
    }

    @Test
    void leavesTheKeyAsItWas() {
        ByteBuffer key = ByteBuffer.wrap("--key--".getBytes(java.nio.charset.StandardCharsets.UTF_8), 2, 3);
        try (OffsetMap map = new OffsetMap(MEGABYTE, 0.9, 10)) {
            map.put(key, 5);

            assertThat(key.position()).isEqualTo(2);
            assertThat(map.get(ByteBuffer.wrap("key".getBytes(java.nio.charset.StandardCharsets.UTF_8))))
                    .isEqualTo(5);
        }
    }

    @Test
    void isFullWithAsManyKeysAsKafkasMapOfTheSameMemory() {
        // Kafka: (int) (slots * factor) keys, where 1 MB has 43,690 slots of 24 bytes.
        try (OffsetMap map = new OffsetMap(MEGABYTE, 0.9, Long.MAX_VALUE)) {
            long keys = 0;
            while (!map.isFull()) {
                map.put(key(keys++), keys);
            }

            assertThat(keys).isEqualTo(39_321);
            assertThat(map.sizeBytes()).isLessThanOrEqualTo(MEGABYTE);
            assertThatThrownBy(() -> map.put(key(0), 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void fillsEverySlotThatALoadFactorOfOneAllows() {
        try (OffsetMap map = new OffsetMap(24 * 50, 1, Long.MAX_VALUE)) {
            for (long number = 0; number < 50; number++) {
                map.put(key(number), number);
            }

            assertThat(map.isFull()).isTrue();
            assertThat(map.get(key(49))).isEqualTo(49);
            assertThat(map.get(key(50))).isEqualTo(-1);
        }
    }

    @Test
    void takesNoMoreMemoryThanTheRecordsCanNeed() {
        try (OffsetMap map = new OffsetMap(128 * MEGABYTE, 0.9, 100)) {
            assertThat(map.sizeBytes()).isLessThan(3000);
            for (long number = 0; number < 100; number++) {
                assertThat(map.isFull()).isFalse();
                map.put(key(number), number);
            }
        }
    }
}
