package dev.klamm.log;

import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Threads that take turns: one runs at a time, until it waits or yields, and which one goes on follows from a seed. So a
 * run of the log's real threads, with all that could go wrong between them, happens again exactly.
 *
 * <p>They are virtual threads whose carrier is the test's own thread. The JDK's tests make such threads by a constructor
 * that nobody else may call; hence {@code --add-opens java.base/java.lang=ALL-UNNAMED} in the pom.
 */
final class Turns {
    /** Nothing that waits for the clock alone waits this long: then a thread waits for what never comes. */
    private static final long HANGS_AFTER_NANOS = Duration.ofSeconds(20).toNanos();

    private final Random random;
    private final ThreadFactory threads = threadsOn(this::add);

    /** Guards {@code ready}: the JDK's timer puts threads there too. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition added = lock.newCondition();
    private final List<Runnable> ready = new ArrayList<>();

    Turns(Random random) {
        this.random = random;
    }

    interface Body {
        void run() throws Exception;
    }

    private static ThreadFactory threadsOn(Executor carrier) {
        try {
            Constructor<?> ofCarrier = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                    .getDeclaredConstructor(Executor.class);
            ofCarrier.setAccessible(true);
            return ((Thread.Builder.OfVirtual) ofCarrier.newInstance(carrier)).factory();
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new AssertionError(
                    "This test needs JDK 25 and --add-opens java.base/java.lang=ALL-UNNAMED, as log/pom.xml has it.",
                    e);
        }
    }

    ThreadFactory threads() {
        return threads;
    }

    /** Lets another thread go on, or this one. */
    @SuppressWarnings("ThreadPriorityCheck") // The scheduler that this relies on is the one here.
    static void pass() {
        Thread.yield();
    }

    /** Lets the others go on until all of them wait. */
    void passUntilAllWait() {
        while (anyIsReady()) {
            pass();
        }
    }

    private boolean anyIsReady() {
        lock.lock();
        try {
            return !ready.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Runs the body, and whatever threads it starts, until it has ended; throws what it threw. */
    void run(Body body) throws Exception {
        Throwable[] thrown = new Throwable[1];
        Thread main = threads.newThread(() -> {
            try {
                body.run();
            } catch (Exception | Error e) {
                thrown[0] = e;
            }
        });
        main.setName("test");
        main.start();
        for (Runnable next = takeAny(); next != null; next = main.isAlive() ? takeAny() : null) {
            next.run();
        }
        if (thrown[0] instanceof Error error) {
            throw error;
        } else if (thrown[0] instanceof Exception exception) {
            throw exception;
        } else if (main.isAlive()) {
            throw hangs(main);
        }
    }

    private static AssertionError hangs(Thread main) {
        AssertionError hangs = new AssertionError("all threads wait, and nothing will come");
        hangs.setStackTrace(main.getStackTrace());
        return hangs;
    }

    private void add(Runnable continuation) {
        lock.lock();
        try {
            ready.add(continuation);
            added.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Null if nothing is ready for long. */
    private @Nullable Runnable takeAny() throws InterruptedException {
        lock.lock();
        try {
            long leftNanos = HANGS_AFTER_NANOS;
            while (ready.isEmpty() && leftNanos > 0) {
                leftNanos = added.awaitNanos(leftNanos);
            }
            return ready.isEmpty() ? null : ready.remove(random.nextInt(ready.size()));
        } finally {
            lock.unlock();
        }
    }
}
