package io.gpuscaling.core.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StalenessLimitsTest {

  @ParameterizedTest
  @CsvSource({"dcgm, 1", "nvml, 1", "lease, 2", "rabbitmq/default, 3", "rabbitmq/other, 3"})
  void of_source_isTheLimitOfItsKind(String source, long seconds) {
    var limits =
        new StalenessLimits(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3));

    assertThat(limits.of(source)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "DCGM", "leases", "else"})
  void of_unknownSource_isTheShortestByDefault(String source) {
    assertThat(StalenessLimits.DEFAULTS.of(source)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void defaults_outliveTheIntervalsOfTheSources() {
    assertThat(StalenessLimits.DEFAULTS.dcgm()).isGreaterThan(Duration.ofSeconds(30));
    assertThat(StalenessLimits.DEFAULTS.leases()).isGreaterThan(Duration.ofSeconds(30));
  }
}
