package dev.klamm.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.klamm.broker.config.BrokerConfig;
import java.net.BindException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class BrokerTest {
    @RegisterExtension
    final RunningBroker broker = RunningBroker.with();

    @Test
    void servesAgainAfterARestart() throws Exception {
        broker.restart();
        try (WireClient client = new WireClient(broker.address())) {
            var response = client.ask(ApiVersionsResponseData.class, (short) 0, 1, new ApiVersionsRequestData());

            assertThat(response.errorCode()).isEqualTo(Errors.NONE.code());
        }
    }

    @Test
    void saysSoWhenThePortIsTaken(@TempDir Path directory) {
        var config = BrokerConfig.of(
                Map.of("listeners", "PLAINTEXT://127.0.0.1:" + broker.broker().port()));

        assertThatThrownBy(() -> Broker.start(config, directory)).isInstanceOf(BindException.class);
    }
}
