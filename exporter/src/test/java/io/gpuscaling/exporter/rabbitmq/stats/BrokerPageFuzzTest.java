package io.gpuscaling.exporter.rabbitmq.stats;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Any bytes as the broker's Prometheus page: never a crash, a negative count or one from nothing.
 */
public class BrokerPageFuzzTest {

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    switch (BrokerPage.read(data)) {
      case BrokerPage.Refused(String why) -> assertThat(why).isNotBlank();
      case BrokerPage.Read(CounterScrape page) -> {
        assertThat(page.node()).isNotEmpty();
        page.readings()
            .forEach(reading -> {
              assertThat(reading.value()).isNotNegative();
              assertThat(QueueId.isValid(reading.queue().queue())).isTrue();
            });
        // The same page again is no news, unless the node says that it has started anew.
        var ledger = new CounterLedger(_ -> true);
        ledger.take(page, 0);
        assertThat(ledger.totals()).isEmpty();
        ledger.take(page, 1);
        assertThat(ledger.totals()).isEqualTo(Map.of());
      }
    }
  }

  @FuzzTest(maxDuration = "10s")
  void page(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(BrokerPageFuzzTest::fuzzerTestOneInput, BrokerPageFuzzTest.class, "page");
  }
}
