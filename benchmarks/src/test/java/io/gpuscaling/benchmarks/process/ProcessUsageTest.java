package io.gpuscaling.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProcessUsageTest {

  private static final String STAT =
      "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 33 0 1 1 1 1";
  private static final String STATUS = "Name:\tjava\nVmPeak:\t 9 kB\nVmRSS:\t   98304 kB\n";

  @Test
  void parse_withParenthesesInTheName_findsTheTimes() {
    ProcessUsage usage = ProcessUsage.parse(STAT, STATUS);

    assertThat(usage.cpu()).isEqualTo(Duration.ofSeconds(3));
    assertThat(usage.residentMebibytes()).isEqualTo(96);
  }

  @Test
  void parse_ofAnEndedProcess_saysSo() {
    assertThatThrownBy(() -> ProcessUsage.parse(STAT, "Name:\tjava\nState:\tZ (zombie)\n"))
        .hasMessageContaining("has ended");
  }

  @Test
  void of_thisProcess_isPlausible() {
    ProcessUsage usage = ProcessUsage.of(ProcessHandle.current().pid());

    assertThat(usage.cpu()).isPositive();
    assertThat(usage.residentMebibytes()).isBetween(10.0, 10_000.0);
    assertThat(usage.cpuSince(usage)).isZero();
  }
}
