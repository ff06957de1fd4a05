package dev.klamm.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Another program, running: its output as lines that a test can wait for, its end, and the ways to bring that about.
 * Whatever is waited for in vain fails the test after {@link #PATIENCE}, with all that the program has said.
 */
final class Program implements AutoCloseable {
    /** Generous, since build machines stall; a test that passes never waits this long. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<String> command;
    private final Process process;

    /** Guards the two lists, and signals that one has grown or that the program's output has ended. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final List<String> output = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private int openStreams = 2;

    private Program(List<String> command, Path directory) {
        this.command = command;
        try {
            process = new ProcessBuilder(command).directory(directory.toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(command.getFirst() + " could not be started", e);
        }
        Thread.ofVirtual().start(() -> collect(process.getInputStream(), output));
        Thread.ofVirtual().start(() -> collect(process.getErrorStream(), errors));
    }

    static Program start(List<String> command) {
        return new Program(command, Path.of("."));
    }

    /** A {@code main} of the tests' own class path, in a JVM of its own. */
    static Program startJava(String mainClass, List<String> arguments) {
        return start(javaCommand(System.getProperty("java.class.path"), List.of(), mainClass, arguments));
    }

    /** With the JDK that the tests run on, and flags that suit a JVM of a few seconds. */
    static List<String> javaCommand(String classPath, List<String> flags, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("--sun-misc-unsafe-memory-access=allow"));
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        return command;
    }

    /** Writes the lines to the program's standard input and closes it. */
    Program feed(List<String> lines) {
        try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
            for (String line : lines) {
                input.write(line);
                input.write('\n');
            }
        } catch (IOException e) {
            throw failure("would not read its input: " + e.getMessage());
        }
        return this;
    }

    List<String> output() {
        return copyOf(output);
    }

    List<String> errors() {
        return copyOf(errors);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until what the program has written to standard output so far is as wanted. */
    List<String> awaitOutput(String what, Predicate<List<String>> isThere) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        lock.lock();
        try {
            while (!isThere.test(List.copyOf(output))) {
                long left = deadline - System.nanoTime();
                if (openStreams == 0 || left <= 0) {
                    throw failure((left <= 0 ? "did not say in time: " : "ended without saying: ") + what);
                }
                changed.awaitNanos(left);
            }
            return List.copyOf(output);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for " + what, e);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the program's own end and for the last of its output. */
    int awaitExit() {
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw failure("did not end");
            }
            awaitEndOfOutput();
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while waiting for the end of " + command, e);
        }
    }

    /** As {@link #awaitExit}, and its exit status must be 0. */
    List<String> awaitSuccess() {
        int status = awaitExit();
        if (status != 0) {
            throw failure("ended with exit status " + status);
        }
        return output();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL, and waits until the program is gone. */
    void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    /** All that the program has said so far, on both streams. */
    String transcript() {
        return String.join("\n", output()) + "\n--- standard error:\n" + String.join("\n", errors()) + "\n";
    }

    private AssertionError failure(String what) {
        List<String> readable =
                command.stream().filter(word -> !word.contains(".jar:")).toList();
        return new AssertionError(String.join(" ", readable) + "\n" + what + "\n--- standard output:\n" + transcript());
    }

    private void awaitEndOfOutput() throws InterruptedException {
        lock.lock();
        try {
            while (openStreams > 0) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private List<String> copyOf(List<String> lines) {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    private void collect(InputStream stream, List<String> lines) {
        try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                add(lines, line);
            }
        } catch (IOException e) {
            // A killed program's pipe may break instead of ending; either way nothing more comes out of it.
            add(lines, "(" + e.getMessage() + ")");
        } finally {
            streamEnded();
        }
    }

    private void add(List<String> lines, String line) {
        lock.lock();
        try {
            lines.add(line);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void streamEnded() {
        lock.lock();
        try {
            openStreams--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
