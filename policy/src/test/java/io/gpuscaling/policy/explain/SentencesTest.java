package io.gpuscaling.policy.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.engine.Finding;
import io.gpuscaling.policy.engine.Gate;
import io.gpuscaling.policy.engine.GateOutcome;
import io.gpuscaling.policy.engine.GateOutcome.Verdict;
import io.gpuscaling.policy.engine.Reason;
import io.gpuscaling.policy.engine.RuleOutcome;
import io.gpuscaling.policy.hpa.HpaInput;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Operator;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.Step;
import io.gpuscaling.policy.spec.Threshold;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
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

  @Test
  void degradation_saysWhatEachClassGets() {
    assertThat(
            IntStream.rangeClosed(0, DegradationState.MAX_LEVEL)
                .mapToObj(level ->
                    Sentences.of(
                        new DegradationState(
                            level, Optional.empty(), Optional.empty(), Optional.empty()))))
        .containsExactly(
            "background is served as usual, normal is served as usual, critical is served as usual",
            "background is queued, normal is served as usual, critical is served as usual",
            "background is throttled, normal is queued, critical is served as usual",
            "background is off, normal is throttled, critical is queued");
  }

  @ParameterizedTest
  @CsvSource({
    "140, LOWER_BOUND, false",
    "140, UPPER_BOUND, true",
    "5, LOWER_BOUND, true",
    "5, UPPER_BOUND, false",
    "50, UPPER_BOUND, false",
    "140, EXACT, false",
    "5, ESTIMATE, false",
  })
  void valueBeyondAThreshold_thatProvesNothing_isSaid(
      double value, Exactness exactness, boolean said) {
    assertThat(Sentences.of(within(value, exactness)).contains("may lie on the other side"))
        .isEqualTo(said);
  }

  /** A rule of 100/10 that was breached once where twice is needed. */
  private static RuleOutcome within(double value, Exactness exactness) {
    Response band =
        new Response.Thresholds(
            Optional.of(new Threshold(Operator.GREATER_THAN, 100, new Step.Fixed(1))),
            Optional.of(new Threshold(Operator.LESS_THAN, 10, new Step.Fixed(1))));
    return new RuleOutcome(
        new Rule(
            "queue",
            new MetricRef.Series("queue", Map.of()),
            band,
            3,
            2,
            Optional.empty(),
            Rule.Effect.SCALE),
        band,
        new Observation.Sampled(Instant.EPOCH, value, exactness, "test"),
        Finding.WITHIN,
        0,
        0,
        OptionalInt.empty());
  }

  private static GateOutcome outcome(Verdict verdict, Reason reason) {
    return new GateOutcome(Gate.RATE, verdict, reason, 8, 5, Optional.of(Duration.ofSeconds(15)));
  }
}
