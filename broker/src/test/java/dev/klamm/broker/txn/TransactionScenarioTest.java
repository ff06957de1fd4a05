package dev.klamm.broker.txn;

import dev.klamm.broker.ScenarioFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs the scenarios in {@code src/test/resources/transactions}. */
class TransactionScenarioTest {

    @TestFactory
    Stream<DynamicTest> scenarios() throws IOException {
        return ScenarioFiles.tests(Path.of("src/test/resources/transactions"), () -> new TransactionScenario()::run);
    }
}
