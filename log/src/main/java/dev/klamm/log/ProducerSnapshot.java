package dev.klamm.log;

import dev.klamm.log.ProducerState.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * {@code %020d.snapshot} in a partition's directory: the producers as of the offset in its name (exclusive), so that only
 * the log behind it has to be read to know them again. Kafka's schema ProducerSnapshot, version 1; all numbers big-endian.
 *
 * <pre>
 * offset size  meaning
 *      0    2  version: 1
 *      2    4  CRC-32C of everything from 6 on
 *      6    4  count of entries
 *     10   46  for each of the last five batches of each producer, oldest first, and once for a producer without any:
 *           8    producer id
 *           2    epoch
 *           4    last sequence, -1 if no batch of this epoch is known
 *           8    last offset, -1 likewise
 *           4    offset delta: last offset - base offset of the batch
 *           8    greatest timestamp of the batch, or in the newest that of a later marker; ms since 1970
 *           4    coordinator epoch of the last transaction marker, -1 before the first
 *           8    first offset of the open transaction, -1 if there is none
 * </pre>
 *
 * Differs from Kafka: it writes the newest batch alone, so that after a restart a client's retry of the four before it is
 * out of order; the client then begins a new epoch and writes them again, though they are there. When Kafka reads several
 * entries of one producer, the last, which is the newest, replaces the others.
 */
final class ProducerSnapshot {
    static final String SUFFIX = ".snapshot";

    private static final short VERSION = 1;
    private static final int CRC = 2;
    private static final int COUNT = 6;
    private static final int HEADER_SIZE = 10;
    private static final int ENTRY_SIZE = 46;

    private ProducerSnapshot() {}

    static Path path(Path partitionDirectory, long offset) {
        return partitionDirectory.resolve("%020d%s".formatted(offset, SUFFIX));
    }

    static void write(Storage storage, Path partitionDirectory, long offset, Collection<ProducerState> producers)
            throws IOException {
        int count = producers.stream()
                .mapToInt(producer -> Math.max(1, producer.batches().size()))
                .sum();
        ByteBuffer contents = ByteBuffer.allocate(HEADER_SIZE + count * ENTRY_SIZE);
        contents.putShort(VERSION).putInt(0).putInt(count);
        for (ProducerState producer : producers) {
            List<Batch> batches = producer.batches();
            for (Batch batch : batches.subList(0, Math.max(0, batches.size() - 1))) {
                put(
                        producer,
                        batch.lastSequence(),
                        batch.lastOffset(),
                        batch.offsetDelta(),
                        batch.timestampMs(),
                        contents);
            }
            put(
                    producer,
                    producer.lastSequence(),
                    producer.lastOffset(),
                    producer.lastOffsetDelta(),
                    producer.lastTimestampMs(),
                    contents);
        }
        contents.putInt(CRC, crcOf(contents.flip()));
        SmallFile.replace(storage, path(partitionDirectory, offset), contents);
    }

    private static void put(
            ProducerState producer,
            int lastSequence,
            long lastOffset,
            int offsetDelta,
            long timestampMs,
            ByteBuffer target) {
        target.putLong(producer.producerId())
                .putShort(producer.epoch())
                .putInt(lastSequence)
                .putLong(lastOffset)
                .putInt(offsetDelta)
                .putLong(timestampMs)
                .putInt(producer.coordinatorEpoch())
                .putLong(producer.currentTxnFirstOffset());
    }

    /**
     * Reads the producers as of {@code offset}.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such snapshot
     * @throws GarbledFileException if version, CRC or size are wrong: use an earlier one, or the log alone
     */
    static List<ProducerState> read(Storage storage, Path partitionDirectory, long offset) throws IOException {
        Path path = path(partitionDirectory, offset);
        ByteBuffer contents = SmallFile.read(storage, path);
        if (contents.limit() < HEADER_SIZE || contents.getShort(0) != VERSION) {
            throw new GarbledFileException(path, "not a producer snapshot of version 1");
        }
        if (contents.getInt(CRC) != crcOf(contents)) {
            throw new GarbledFileException(path, "its checksum is wrong");
        }
        int count = contents.getInt(COUNT);
        if (contents.limit() != HEADER_SIZE + (long) count * ENTRY_SIZE) {
            throw new GarbledFileException(path, "its size is not that of %d entries".formatted(count));
        }
        contents.position(HEADER_SIZE);
        var producers = new LinkedHashMap<Long, ProducerState>();
        for (int i = 0; i < count; i++) {
            ProducerState producer = take(contents, producers);
            producers.put(producer.producerId(), producer);
        }
        return List.copyOf(producers.values());
    }

    /** One entry: the producer with its batch, and with those that earlier entries have told of. */
    private static ProducerState take(ByteBuffer source, Map<Long, ProducerState> earlier) {
        long producerId = source.getLong();
        short epoch = source.getShort();
        int lastSequence = source.getInt();
        long lastOffset = source.getLong();
        int offsetDelta = source.getInt();
        long timestampMs = source.getLong();
        int coordinatorEpoch = source.getInt();
        long currentTxnFirstOffset = source.getLong();
        var producer = new ProducerState(producerId, epoch, coordinatorEpoch, timestampMs, currentTxnFirstOffset);
        ProducerState before = earlier.get(producerId);
        for (Batch batch : before == null || before.epoch() != epoch ? List.<Batch>of() : before.batches()) {
            producer.add(epoch, batch.lastSequence(), batch.lastOffset(), batch.offsetDelta(), batch.timestampMs());
        }
        if (lastOffset >= 0) {
            producer.add(epoch, lastSequence, lastOffset, offsetDelta, timestampMs);
        }
        return producer;
    }

    private static int crcOf(ByteBuffer contents) {
        var crc = new CRC32C();
        crc.update(contents.slice(COUNT, contents.limit() - COUNT));
        return (int) crc.getValue();
    }
}
