package io.gpuscaling.policy.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.check.CheckReport.Fault;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CheckSentencesTest {

  @Test
  void faults_nameTheFiguresAndWhatToChange() {
    assertThat(CheckSentences.of(new Fault.MaximumTooSmall(50, 100, 8.3333)))
        .contains("100 replicas busy", "maxReplicas is 50", "500 tasks a minute")
        .endsWith("raise maxReplicas to 100, or let a replica run more tasks");
    assertThat(CheckSentences.of(new Fault.QuotaTooSmall(40, 100)))
        .isEqualTo("the peak keeps 100 replicas busy and the pool grants 40: raise its gpuLimit");
    assertThat(
            CheckSentences.of(
                new Fault.TooSlow(Optional.of(Duration.ofMinutes(115)), Duration.ofHours(1), 50)))
        .startsWith("50 replicas are there after 1h55m at the earliest and the ramp takes 1h:");
    assertThat(CheckSentences.of(new Fault.TooSlow(Optional.empty(), Duration.ofHours(1), 50)))
        .contains("after more than 168h");
    assertThat(CheckSentences.of(new Fault.FallsBehind(36, Duration.ZERO)))
        .startsWith("36 replicas are missing after 0s");
    assertThat(CheckSentences.of(new Fault.BreakerTrips(Duration.ofMinutes(15), 8, 3, 4)))
        .contains("after 15m at 8 replicas, at its action 4 where 3 an hour are allowed");
    assertThat(CheckSentences.of(new Fault.NeverRaises("tasks", 5, 5)))
        .contains("rule tasks never asks for more: its threshold is 5");
    assertThat(CheckSentences.of(new Fault.NeverLowers("queue", 0)))
        .contains("rule queue never agrees to fewer: nothing is below 0");
    assertThat(CheckSentences.of(new Fault.NoUpRule())).contains("scaleUp");
    assertThat(CheckSentences.word(new Fault.NoUpRule())).isEqualTo("NoUpRule");
  }
}
