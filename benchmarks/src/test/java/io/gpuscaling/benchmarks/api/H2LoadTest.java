package io.gpuscaling.benchmarks.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class H2LoadTest {

  @Test
  void read_logOfRequests_countsGoodOnesAndOthersApart() {
    var result =
        H2Load.read(
            Stream.of("1795599578000000\t200\t100", "1795599578000001\t503\t90", "broken"),
            Duration.ofMillis(500));

    assertThat(result.latencies().count()).isEqualTo(1);
    assertThat(result.latencies().mean()).isEqualTo(Duration.ofNanos(100_000));
    assertThat(result.failures()).isEqualTo(2);
    assertThat(result.requestsPerSecond()).isEqualTo(2);
  }
}
