package io.gpuscaling.policy.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.engine.Finding;
import io.gpuscaling.policy.engine.Gate;
import io.gpuscaling.policy.engine.GateOutcome;
import io.gpuscaling.policy.engine.GateOutcome.Verdict;
import io.gpuscaling.policy.engine.Reason;
import io.gpuscaling.policy.hpa.HpaInput;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class SentencesTest {

  @ParameterizedTest
  @EnumSource(Reason.class)
  void everyReason_hasItsOwnWords(Reason reason) {
    assertThat(Sentences.because(reason, Optional.of("queue"))).isNotBlank();
    assertThat(reason.word()).matches("[A-Z][A-Za-z]+");
    assertThat(
            Stream.of(Reason.values())
                .map(it -> Sentences.because(it, Optional.of("queue")))
                .distinct())
        .hasSameSizeAs(Reason.values());
  }

  @Test
  void whatAnHpaWithAToleranceIsTold() {
    assertThat(
            Stream.of(
                    new HpaInput.Value(20_000, HpaInput.Manner.PLAIN),
                    new HpaInput.Value(19_001, HpaInput.Manner.ROUNDED_UP),
                    new HpaInput.Value(22_001, HpaInput.Manner.OUTSIDE_TOLERANCE),
                    new HpaInput.Unsettled(20, 23),
                    new HpaInput.WaitingForPeriod(Instant.parse("2026-03-01T10:00:00.5Z")),
                    new HpaInput.StepWithinTolerance(19, 20))
                .map(it -> Sentences.of(it, 20)))
        .containsExactly(
            "20 replicas are served as they are",
            "20 replicas are served as 19001m, which the HPA rounds up: its tolerance leaves out"
                + " less",
            "20 replicas are served as 22001m, just outside the HPA's tolerance: its own policies"
                + " hold it to the step",
            "20 replicas are not served while 23 exist and spec.replicas is 20: within its"
                + " tolerance the HPA would set 23",
            "20 replicas are not served before 2026-03-01T10:00:00Z: until then the HPA may count"
                + " an earlier change, and go too far",
            "20 replicas are not served: the HPA's tolerance leaves out a step from 19 to 20, and"
                + " no policy of its behavior holds it to that step for 60 s (gpuscaling generate"
                + " --no-tolerance-field prints such an HPA)");
  }

  @ParameterizedTest
  @CsvSource({"0, 0s", "59, 59s", "60, 1m0s", "285, 4m45s", "3600, 1h0m0s", "-5, 0s"})
  void duration_asGoWritesIt(long seconds, String text) {
    assertThat(Sentences.duration(Duration.ofSeconds(seconds))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"100, 100", "0.5, 0.5", "1e9, 1000000000", "0.12345, 0.123", "-0.0, 0"})
  void number_withoutEmptyFraction(double value, String text) {
    assertThat(Sentences.number(value)).isEqualTo(text);
  }

  @Test
  void gates_sayWhatTheyDid() {
    assertThat(Sentences.of(outcome(Verdict.PASSED, Reason.PASSED))).isEqualTo("rate passed");
    assertThat(Sentences.of(outcome(Verdict.PASSED, Reason.REST_OF_STEP)))
        .isEqualTo("rate passed: the rest of a step that the rate had cut");
    assertThat(Sentences.of(outcome(Verdict.LIMITED, Reason.RATE_LIMITED)))
        .isEqualTo("rate let 5 of 8 through: as many as maxScalingRate allows have changed");
    assertThat(Sentences.of(outcome(Verdict.CLOSED, Reason.RATE_LIMITED)))
        .isEqualTo("rate closed: as many as maxScalingRate allows have changed, 15s left");
    assertThat(Sentences.of(outcome(Verdict.DECIDED, Reason.ABOVE_MAXIMUM)))
        .isEqualTo("rate: above the maximum, 15s left");
    assertThat(Sentences.of(outcome(Verdict.NOT_ASKED, Reason.NOT_ASKED)))
        .isEqualTo("rate not asked");
  }

  @Test
  void findings_haveWords() {
    assertThat(Stream.of(Finding.values()).map(Sentences::word))
        .containsExactly("up", "down", "within", "notFresh", "unknown");
  }

  private static GateOutcome outcome(Verdict verdict, Reason reason) {
    return new GateOutcome(Gate.RATE, verdict, reason, 8, 5, Optional.of(Duration.ofSeconds(15)));
  }
}
