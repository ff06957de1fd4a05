package dev.klamm.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.log.Logs.JournalFailedException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for the journal ({@link Progress}) or for memory ({@link TailBudget}), and what ends the wait. */
@Timeout(20)
class WaitingTest {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Progress progress = new Progress(5);
    private final TailBudget budget = new TailBudget(100);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private static JournalFailedException failure() {
        return new JournalFailedException("the disk is gone", null);
    }

    private static void assertWaits(Future<?> wait) {
        assertThatThrownBy(() -> wait.get(20, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
    }

    private Future<Boolean> await(long lsn) throws InterruptedException {
        CountDownLatch waits = new CountDownLatch(1);
        Callable<Boolean> wait = () -> {
            progress.await(lsn, waits::countDown);
            return progress.isPast(lsn);
        };
        Future<Boolean> future = threads.submit(wait);
        waits.await();
        return future;
    }

    @Test
    void whatIsDoneIsNotWaitedFor() throws Exception {
        progress.await(4);

        assertThat(progress.isPast(4)).isTrue();
        assertThat(progress.isPast(5)).isFalse();
    }

    @Test
    void eachWaitEndsWhenItsOwnLsnIsPassed() throws Exception {
        Future<Boolean> five = await(5);
        Future<Boolean> nine = await(9);
        assertThat(progress.hasWaiters()).isTrue();

        progress.advance(9);

        assertThat(five.get()).isTrue();
        assertWaits(nine);
        progress.advance(10);
        assertThat(nine.get()).isTrue();
        assertThat(progress.hasWaiters()).isFalse();
    }

    @Test
    void aWaitIsKnownBeforeItAsksForASync() throws Exception {
        boolean[] known = new boolean[1];
        progress.await(5, () -> {
            known[0] = progress.hasWaiters();
            progress.advance(6);
        });

        assertThat(known[0]).isTrue();
    }

    @Test
    void aFailureEndsAllWaitsNowAndLaterButNotWhatWasDone() throws Exception {
        Future<Boolean> nine = await(9);

        progress.fail(failure());

        assertThatThrownBy(nine::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(JournalFailedException.class);
        assertThatThrownBy(() -> progress.await(5)).isInstanceOf(JournalFailedException.class);
        progress.await(4);
        assertThat(progress.hasWaiters()).isFalse();
    }

    @Test
    void anInterruptEndsAWaitAndLeavesNothingBehind() throws Exception {
        Future<Boolean> nine = await(9);

        nine.cancel(true);

        while (progress.hasWaiters()) {
            Thread.onSpinWait();
        }
        progress.advance(10);
    }

    @Test
    void manyWaitersOfManyLsnsAreAllWoken() throws Exception {
        int waiters = 200;
        CountDownLatch done = new CountDownLatch(waiters);
        for (long i = 5; i < 5 + waiters; i++) {
            long lsn = i;
            threads.execute(() -> {
                try {
                    progress.await(lsn);
                    done.countDown();
                } catch (InterruptedException | JournalFailedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        for (long bound = 6; bound <= 5 + waiters; bound++) {
            progress.advance(bound);
        }

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void memoryIsGivenUntilItIsUsedUpAndAgainWhenSomeIsReleased() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        budget.acquire(60, () -> {}, () -> false);
        Future<?> second = threads.submit(() -> {
            budget.acquire(60, asked::countDown, () -> false);
            return null;
        });
        asked.await();
        assertWaits(second);

        budget.release(60);

        second.get();
        assertThat(budget.isHalfUsed()).isTrue();
    }

    @Test
    void aBatchLargerThanAllOfItIsLetInAlone() throws Exception {
        budget.acquire(1000, () -> {}, () -> false);
        CountDownLatch asked = new CountDownLatch(1);
        Future<?> second = threads.submit(() -> {
            budget.acquire(1, asked::countDown, () -> false);
            return null;
        });
        asked.await();
        assertWaits(second);

        budget.release(1000);

        second.get();
    }

    @Test
    void roomIsAskedForAgainWhenOthersTookIt() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        budget.take(100);
        Future<?> large = threads.submit(() -> {
            budget.acquire(90, asked::countDown, () -> false);
            return null;
        });
        while (asked.getCount() == 2) {
            Thread.onSpinWait();
        }

        budget.release(20);

        asked.await();
        assertWaits(large);
        budget.release(80);
        large.get();
    }

    @Test
    void theBrokersOwnRecordsTakeMemoryBeyondTheLimit() {
        budget.take(100);
        budget.take(100);
        budget.release(150);

        assertThat(budget.isHalfUsed()).isTrue();
    }

    @Test
    void aFailureEndsTheWaitForMemory() throws Exception {
        budget.take(100);
        CountDownLatch asked = new CountDownLatch(1);
        Future<?> waits = threads.submit(() -> {
            budget.acquire(1, asked::countDown, () -> false);
            return null;
        });
        asked.await();

        budget.fail(failure());

        assertThatThrownBy(waits::get).hasCauseInstanceOf(JournalFailedException.class);
    }
}
