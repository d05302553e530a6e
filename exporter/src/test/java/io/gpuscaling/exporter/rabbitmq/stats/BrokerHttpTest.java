package io.gpuscaling.exporter.rabbitmq.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.UnknownReason;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BrokerHttpTest {

  private final FakeBrokerHttp broker;
  private final BrokerHttp http = new BrokerHttp(null, Duration.ofSeconds(30));

  BrokerHttpTest() throws IOException {
    broker = new FakeBrokerHttp();
  }

  @AfterEach
  void close() {
    http.close();
    broker.close();
  }

  private HttpAnswer get(int status, int bodyBytes) {
    broker.put("/page", status, new byte[bodyBytes]);
    return http.get(broker.url().resolve("/page"), null).join();
  }

  @Test
  void bodyAtTheLimit_isRead_andOneByteMoreIsToldAsWhatItIs() {
    assertThat(get(200, BrokerHttp.MAX_BODY_BYTES))
        .isInstanceOfSatisfying(
            HttpAnswer.Body.class, it -> assertThat(it.bytes()).hasSize(BrokerHttp.MAX_BODY_BYTES));
    assertThat(get(200, BrokerHttp.MAX_BODY_BYTES + 1))
        .isEqualTo(
            new HttpAnswer.Failed(
                UnknownReason.NOT_REPORTED, "an answer of more than 4194304 bytes"));
  }

  @Test
  void otherStatus_isTheReason_whateverItsBody() {
    assertThat(get(404, 0)).isEqualTo(new HttpAnswer.Failed(UnknownReason.MISSING, "status 404"));
    assertThat(get(500, BrokerHttp.MAX_BODY_BYTES + 1))
        .isEqualTo(new HttpAnswer.Failed(UnknownReason.NOT_REPORTED, "status 500"));
  }
}
