package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.log.PartitionLog.Origin;
import dev.klamm.log.PartitionLog.ReadBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A disk that fills up under a directory that is written to, and gets room again. */
@Timeout(60)
class DiskFullTest {
    private static final LogId RIDES = new LogId(Uuid.randomUuid(), "rides", 0);
    private static final long PLENTY = 1L << 40;

    /** A kilobyte of value. */
    private static final int VALUE_BYTES = 1000;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));
    private long appended;
    private Logs logs;

    @BeforeEach
    void open() throws IOException {
        logs = Logs.open(Path.of("/data"), disk.boot(), new Logs.Limits(8 << 20, 1 << 20));
        logs.register(RIDES, LogConfig.DEFAULT, 0);
        logs.allRegistered();
    }

    private PartitionLog log() {
        return logs.find(RIDES).orElseThrow();
    }

    private AppendResult append(Origin origin) {
        ByteBuffer value = ByteBuffer.allocate(VALUE_BYTES).putLong(0, appended);
        AppendResult result = log().append(
                        MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1, null, value.array()))
                                .buffer(),
                        origin);
        if (result instanceof AppendResult.Appended) {
            appended++;
        }
        return result;
    }

    private void appendAndSync(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            logs.awaitSynced(((AppendResult.Appended) append(Origin.CLIENT)).lsn());
        }
    }

    private void everythingIsThere() throws Exception {
        logs.journal().sync();
        List<ReadBack.Seen> all = ReadBack.all(log(), 0, 1 << 20, ReadBound.HIGH_WATERMARK);
        assertThat(all).hasSize((int) appended);
        for (int offset = 0; offset < all.size(); offset++) {
            assertThat(all.get(offset).content()).isEqualTo(offset);
        }
    }

    @SuppressWarnings("BusyWait") // What is waited for is done by threads that tell nobody.
    private static void until(BooleanSupplier isSo) throws InterruptedException {
        while (!isSo.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private boolean clientsAreRefused() {
        return append(Origin.CLIENT)
                        instanceof AppendResult.Rejected(AppendResult.Reason reason, String message, List<?> _)
                && reason == AppendResult.Reason.KAFKA_STORAGE_ERROR
                && message.contains("/data has ");
    }

    @Test
    void clientsAreRefusedBeforeTheDiskIsFullAndTheBrokerItselfIsNot() throws Exception {
        appendAndSync(5);
        disk.leaveRoomFor(60L << 20);
        until(this::clientsAreRefused);

        var ofBroker = (AppendResult.Appended) append(Origin.BROKER);
        logs.awaitSynced(ofBroker.lsn());
        var ofCoordinator = (AppendResult.Appended) append(Origin.COORDINATOR);
        logs.awaitSynced(ofCoordinator.lsn());
        everythingIsThere();

        disk.leaveRoomFor(PLENTY);
        until(() -> !clientsAreRefused());
        everythingIsThere();
        logs.close();
    }

    @Test
    void coordinatorsAreRefusedWhenLittleOfTheReserveIsLeft() throws Exception {
        disk.leaveRoomFor(10L << 20);
        until(this::clientsAreRefused);

        assertThat(append(Origin.COORDINATOR)).isInstanceOf(AppendResult.Rejected.class);
        assertThat(append(Origin.BROKER)).isInstanceOf(AppendResult.Appended.class);
    }

    @Test
    void aSegmentThatFindsTheDiskFullHoldsWholeBatchesAloneAndGoesOnLater() throws Exception {
        appendAndSync(50);
        disk.leaveRoomFor(VALUE_BYTES * 10 + 300);
        logs.requestFlush();
        until(this::clientsAreRefused);
        everythingIsThere();

        disk.leaveRoomFor(PLENTY);
        until(() -> !clientsAreRefused());
        logs.awaitSynced(((AppendResult.Appended) append(Origin.CLIENT)).lsn());
        logs.requestFlush();
        until(() -> logs.tailBudget().usedBytes() == 0);
        everythingIsThere();
        assertThat(logs.failure()).isNotDone();

        logs.close();
        open();
        everythingIsThere();
        assertThat(logs.damages().all()).isEmpty();
    }

    @Test
    void theJournalWaitsForRoomAndWhoWaitsForItMayGiveUp() throws Exception {
        appendAndSync(1);
        disk.leaveRoomFor(0);
        // More than the file that has its place on disk already.
        long lsn = -1;
        for (int i = 0; i < 1200; i++) {
            lsn = ((AppendResult.Appended) append(Origin.BROKER)).lsn();
        }
        assertThat(logs.awaitSynced(lsn, 500)).isFalse();
        assertThat(logs.failure()).isNotDone();

        disk.leaveRoomFor(PLENTY);

        logs.awaitSynced(lsn);
        everythingIsThere();
        logs.close();
        open();
        everythingIsThere();
    }

    @Test
    void aStopOnAFullDiskDoesNotHangAndLosesNothing() throws Exception {
        appendAndSync(100);
        disk.leaveRoomFor(2000);

        logs.close();
        disk.kill();
        disk.leaveRoomFor(PLENTY);
        open();

        everythingIsThere();
    }

    @Test
    void aStopWhileTheJournalWaitsForRoomDoesNotHang() throws Exception {
        appendAndSync(1);
        disk.leaveRoomFor(0);
        long lsn = -1;
        for (int i = 0; i < 1200; i++) {
            lsn = ((AppendResult.Appended) append(Origin.BROKER)).lsn();
        }
        assertThat(logs.awaitSynced(lsn, 500)).isFalse();

        logs.close();
        disk.kill();
        disk.leaveRoomFor(PLENTY);
        open();

        assertThat(log().logEndOffset()).isGreaterThanOrEqualTo(1);
        appended = log().logEndOffset();
        everythingIsThere();
    }
}
