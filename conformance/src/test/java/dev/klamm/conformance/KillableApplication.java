package dev.klamm.conformance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** {@link TotalsProgram} as a process that dies and comes back, with the same folder for its state. */
final class KillableApplication implements AutoCloseable {
    private final List<String> arguments;
    private final List<String> earlierFailures = new ArrayList<>();
    private Program program;

    KillableApplication(String bootstrapServers, Path stateDirectory) {
        arguments = List.of(bootstrapServers, stateDirectory.toString());
        program = Program.startJava(TotalsProgram.class.getName(), arguments);
    }

    /** SIGKILL. */
    void killAndStart() {
        if (!program.isAlive()) {
            throw new AssertionError("the application has ended by itself\n" + program.transcript());
        }
        program.kill();
        keepFailures();
        program = Program.startJava(TotalsProgram.class.getName(), arguments);
    }

    /** SIGTERM: it commits and leaves its group. */
    void stop() {
        program.terminate();
        program.awaitExit();
    }

    private void keepFailures() {
        earlierFailures.addAll(failuresNow());
    }

    private List<String> failuresNow() {
        return program.output().stream()
                .filter(line -> line.startsWith("failed "))
                .toList();
    }

    /**
     * Exceptions that have ended a thread, which another then replaced, of all processes. Where a machine is so slow that a
     * transaction takes longer than its time-out, Kafka, too, answers its end with one that Kafka Streams knows no help for.
     */
    List<String> failures() {
        return Stream.concat(earlierFailures.stream(), failuresNow().stream()).toList();
    }

    String transcript() {
        return program.transcript();
    }

    @Override
    public void close() {
        program.close();
    }
}
