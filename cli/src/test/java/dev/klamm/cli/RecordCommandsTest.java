package dev.klamm.cli;

import static dev.klamm.cli.CommandLineRun.klammAt;
import static dev.klamm.cli.CommandLineRun.klammReading;
import static dev.klamm.cli.CommandLineRun.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.klamm.broker.RunningBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordCommandsTest {

    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    @BeforeEach
    void createTopic() {
        run("topic", "create", "lines", "-p", "2");
    }

    @Test
    void linesComeOutAsTheyWentIn() {
        CommandLineRun produced = produce("one\n\n  zwei: ü\r\nlast without end", "lines", "-p", "0");

        assertThat(produced.status()).isZero();
        assertThat(produced.err()).isEmpty();
        assertThat(run("consume", "lines", "-e").out()).containsExactly("one", "", "  zwei: ü", "last without end");
    }

    @Test
    void keysAndHeadersGoAlong() {
        produce("de:Hallo\nen:Hello\n", "lines", "-p", "1", "-k", ":", "-H", "from=test", "-H", "n=1");

        assertThat(run("consume", "lines", "-e", "--with", "key,headers,partition,offset", "--separator", "|")
                        .out())
                .containsExactly("1|0|from=test,n=1|de|Hallo", "1|1|from=test,n=1|en|Hello");
    }

    @Test
    void aLineWithoutItsKeyIsNamedByItsNumber() {
        CommandLineRun produced = produce("a:1\nb\n", "lines", "-k", ":");

        assertThat(produced.status()).isEqualTo(1);
        assertThat(produced.err()).containsExactly("Line 2 can't be a record: it has no key: there is no ':' in it.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCompressionIsRead(String compression) {
        produce("one\ntwo\n", "lines", "-p", "0", "--compression", compression);

        assertThat(run("consume", "lines", "-e").out()).containsExactly("one", "two");
    }

    @Test
    void aTopicIsCopiedAsJson() {
        produce("k:v\n", "lines", "-k", ":", "-H", "h=1");
        String json =
                String.join("\n", run("consume", "lines", "-e", "-o", "json").out());

        produce(
                json + "\n{\"key\":null,\"value\":{\"a\":[1]}}\n{\"value\":{\"base64\":\"//4=\"}}\n",
                "copy",
                "-i",
                "json");

        assertThat(run("consume", "copy", "-e", "--with", "key,headers").out())
                .containsExactly("h=1\tk\tv", "\tnull\t{\"a\":[1]}", "\tnull\t��");
        assertThat(run("consume", "copy", "-e", "-o", "json").out())
                .last()
                .asString()
                .contains("{\"base64\":\"//4=\"}");
    }

    @Test
    void readsFromAnOffsetAndStopsAfterSoMany() {
        produce("0\n1\n2\n3\n4\n", "lines", "-p", "1");

        assertThat(run("consume", "lines", "-p", "1", "--from", "2", "--max", "2")
                        .out())
                .containsExactly("2", "3");
        assertThat(run("consume", "lines", "--from", "end", "-e").out()).isEmpty();
        assertThat(run("consume", "lines", "--from", "-1h", "--max", "1").out()).containsExactly("0");
    }

    @Test
    void aGroupGoesOnBehindWhatWasPrinted() {
        produce("0\n1\n2\n3\n4\n", "lines", "-p", "0");

        assertThat(run("consume", "lines", "-g", "readers", "--max", "2").out()).containsExactly("0", "1");
        assertThat(run("consume", "lines", "-g", "readers", "--exit-at-end").out())
                .containsExactly("2", "3", "4");
    }

    @Test
    void aFileIsReadAsStandardInputIs(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("with space.txt");
        Files.writeString(file, "one\ntwo\n");

        run("produce", "lines", "-p", "0", "--file", file.toString());

        assertThat(run("consume", "lines", "-e").out()).containsExactly("one", "two");
        assertThat(run("produce", "lines", "--file", "none.txt").err()).containsExactly("There is no file none.txt.");
    }

    @Test
    void aTopicThatIsNotThereIsNamedWithTheNearest() {
        CommandLineRun consumed = run("consume", "linse");

        assertThat(consumed.status()).isEqualTo(1);
        assertThat(consumed.err()).containsExactly("There is no topic linse. Which there are: klamm topic list");
        assertThat(run("consume", "line").err()).containsExactly("There is no topic line. Did you mean lines?");
    }

    @Test
    void aRecordThatIsTooLargeIsRefusedWithItsLine() {
        CommandLineRun produced = produce("small\n" + "x".repeat(1_100_000) + "\n", "lines");

        assertThat(produced.status()).isEqualTo(1);
        assertThat(produced.err()).singleElement().asString().startsWith("Line 2 was refused: ");
    }

    private CommandLineRun run(String... words) {
        return klammAt(broker.bootstrap(), words);
    }

    private CommandLineRun produce(String input, String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "produce";
        System.arraycopy(words, 0, all, 1, words.length);
        return klammReading(input, with(broker.bootstrap(), all));
    }
}
