package io.gpuscaling.demo.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.demo.amqp.QueueDepth;
import io.gpuscaling.demo.api.ApiAnswer;
import io.gpuscaling.demo.policy.PolicyReport;
import io.gpuscaling.policy.hpa.Hpa;
import io.gpuscaling.policy.hpa.HpaDecision;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.HpaState;
import io.gpuscaling.policy.hpa.MetricReading;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.Replicas;
import io.gpuscaling.policy.hpa.ScalingRules;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StoryTest {

  private static final ApiAnswer UNKNOWN =
      new ApiAnswer.Refused(503, "incomplete: 1 of 3 nodes: gpu-c: starting");
  private static final List<HpaMetric> METRICS =
      List.of(
          new HpaMetric("ready", new MetricTarget.AverageValue(10_000)),
          new HpaMetric("busy", new MetricTarget.AverageValue(1_000)),
          new HpaMetric("other", new MetricTarget.Value(500)));
  private static final HpaSpec HPA =
      new HpaSpec(2, 12, METRICS, ScalingRules.DEFAULT_UP, ScalingRules.DEFAULT_DOWN);

  private final Story story = new Story(HPA);

  private static ApiAnswer is(long value) {
    return new ApiAnswer.Items(List.of(new ApiAnswer.Item(Map.of("node", "gpu-a"), value * 1_000)));
  }

  private static Observation seen(long ready, long busy) {
    return new Observation(
        8,
        new QueueDepth(120, 2),
        List.of(1, 2, 0),
        is(ready),
        is(busy),
        is(busy),
        is(1L << 34),
        is(2));
  }

  private static Observation unknown() {
    return new Observation(
        3, new QueueDepth(0, 0), List.of(0, 0, 0), UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);
  }

  @Test
  void story_loopThatCloses_allPhasesAndNoProblem() {
    assertThat(story.observe(unknown(), 2)).isFalse();
    assertThat(story.phase()).isEqualTo(Phase.STARTING);
    assertThat(story.observe(seen(0, 0), 2)).isTrue();
    assertThat(story.phase()).isEqualTo(Phase.IDLE);
    assertThat(story.observe(seen(0, 0), 2)).isFalse();
    story.spiked();
    story.observe(seen(112, 2), 2);
    assertThat(story.phase()).isEqualTo(Phase.SCALING_UP);
    climb();
    story.observe(seen(90, 12), 12);
    assertThat(story.phase()).isEqualTo(Phase.DRAINING);
    story.observe(seen(1, 12), 12);
    assertThat(story.phase()).isEqualTo(Phase.DRAINING);
    story.observe(seen(0, 12), 12);
    assertThat(story.phase()).isEqualTo(Phase.BUSY_FLOOR);
    assertThat(story.observe(unknown(), 12)).isFalse();
    assertThat(story.phase()).isEqualTo(Phase.BUSY_FLOOR);
    story.observe(seen(0, 0), 12);
    assertThat(story.phase()).isEqualTo(Phase.COOLING);
    for (int replicas = 11; replicas >= 2; replicas--) {
      story.observe(seen(0, 0), replicas);
    }
    assertThat(story.phase()).isEqualTo(Phase.DONE);
    assertThat(story.problems()).containsExactly("no decision of the policy was explained");
    story.explained();
    assertThat(story.problems()).isEmpty();
    assertThat(story.peak()).isEqualTo(12);
  }

  /** As the policy does. */
  private void climb() {
    for (int replicas = 2; replicas <= 12; replicas += 2) {
      story.observe(seen(112, 2), replicas);
    }
  }

  @Test
  void problems_largerStepsThanThePolicys_said() {
    story.observe(seen(0, 0), 2);
    story.observe(seen(112, 2), 6);
    story.observe(seen(112, 2), 4);
    assertThat(story.problems())
        .anySatisfy(problem -> assertThat(problem).contains("rose by 4 and fell by 2 at once"));
  }

  @Test
  void story_drainedAtOnce_skipsTheFloor() {
    story.observe(seen(0, 0), 2);
    story.spiked();
    story.observe(seen(112, 2), 12);
    story.observe(seen(0, 0), 12);
    assertThat(story.phase()).isEqualTo(Phase.COOLING);
  }

  @Test
  void problems_nothingKnown_said() {
    story.observe(unknown(), 2);
    assertThat(story.problems())
        .anySatisfy(problem -> assertThat(problem).contains("never knew everything"))
        .anySatisfy(problem -> assertThat(problem).contains("phase STARTING"));
  }

  @Test
  void problems_neverScaled_said() {
    story.observe(seen(0, 0), 2);
    story.spiked();
    story.observe(seen(0, 2), 2);
    assertThat(story.problems())
        .anySatisfy(problem -> assertThat(problem).contains("never told of a waiting message"))
        .anySatisfy(problem -> assertThat(problem).contains("the policy wanted at most 2 replicas"))
        .anySatisfy(problem -> assertThat(problem).contains("at most 2 busy workers"));
  }

  @Test
  void table_rows_fitTheTerminalAndNeverShowUnknownAsZero() {
    var table = new Table(List.of("gpu-a", "gpu-b", "gpu-c"));
    assertThat(table.head().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(table.row(seen(112, 3), "2 -> 12"))
        .isEqualTo("   8s |   120     1 + 2 + 0 |   112     3     3 + ? + ?    16.0 | 2 -> 12");
    assertThat(table.row(unknown(), "2 (holds)"))
        .isEqualTo("   3s |     0     0 + 0 + 0 |     ?     ?     ? + ? + ?       ? | 2 (holds)");
  }

  private static String text(HpaDecision decision) {
    return String.join(" ", Explanation.lines(decision)).replaceAll(" +", " ");
  }

  private static HpaDecision decision(int current, MetricReading ready, MetricReading busy) {
    return Hpa.decide(
        new HpaSpec(2, 12, METRICS.subList(0, 2), HPA.up(), HPA.down()),
        Replicas.settled(current),
        Map.of("ready", ready, "busy", busy),
        HpaState.EMPTY,
        Instant.EPOCH);
  }

  @Test
  void explanation_ofAPolicy_saysWhyAndWhatEachRuleFound() {
    List<String> lines =
        Explanation.lines(
            new PolicyReport(
                4,
                "2 → 4: rule \"queue\" asks for more, which is told in so many words",
                List.of("queue: 300 is above 100 in 1 of 2 evaluations", "cpu: 5 is below 25")),
            true);
    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(String.join(" ", lines).replaceAll(" +", " "))
        .contains("policy: 2 -> 4: rule")
        .contains("- cpu: 5 is below 25");
  }

  @Test
  void explanation_scaleUp_eachMetricAndTheLimit() {
    HpaDecision decision =
        decision(2, new MetricReading.Read(112_000), new MetricReading.Read(2_000));
    assertThat(Explanation.inShort(HPA, decision)).isEqualTo("2 -> 6");
    assertThat(text(decision))
        .contains("ready 112/10 -> 12; busy 2/1 -> 2 (within 10 %); largest 12,")
        .endsWith("so 6");
    assertThat(Explanation.lines(decision))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
  }

  @Test
  void explanation_otherOutcomes_said() {
    var none = new MetricReading.Missing("503: incomplete");
    HpaDecision hold = decision(4, none, none);
    assertThat(Explanation.inShort(HPA, hold)).isEqualTo("4 (holds)");
    assertThat(text(hold)).contains("ready unknown (503: incomplete)");
    assertThat(text(hold)).endsWith("so it holds 4");
    assertThat(Explanation.inShort(HPA, decision(2, new MetricReading.Read(0), none)))
        .isEqualTo("2 (holds)");
    HpaDecision off = decision(0, none, none);
    assertThat(text(off)).contains("switched off");
    assertThat(Explanation.inShort(HPA, off)).isEqualTo("0 (off)");
    HpaDecision busy = decision(12, new MetricReading.Read(0), new MetricReading.Read(12_000));
    assertThat(Explanation.inShort(HPA, busy)).isEqualTo("12 by busy");
    HpaDecision outside = decision(20, none, none);
    assertThat(Explanation.inShort(HPA, outside)).isEqualTo("20 -> 12");
    assertThat(text(outside)).contains("so 12");
    HpaDecision calm = decision(12, new MetricReading.Read(0), new MetricReading.Read(0));
    assertThat(Explanation.inShort(HPA, calm)).isEqualTo("12 by window");
    assertThat(text(calm)).contains("largest 0, within the stabilization window 12; so 12");
  }

  @Test
  void explanation_limits_eachHasWords() {
    var spec =
        new HpaSpec(2, 12, METRICS.subList(2, 3), ScalingRules.DEFAULT_UP, ScalingRules.DEFAULT_UP);
    assertThat(limit(spec, 10, 5_000)).contains("other 5 of 500m -> 100").contains("maxReplicas");
    assertThat(limit(spec, 4, 0)).contains("minReplicas");
    var slow = new ScalingRules(Duration.ZERO, List.of(), ScalingRules.SelectPolicy.DISABLED, 0.1);
    assertThat(limit(new HpaSpec(2, 12, METRICS.subList(2, 3), slow, slow), 4, 0))
        .contains("no faster down");
    assertThat(Explanation.inShort(HPA, byValue(spec, 12, 5_000))).isEqualTo("12 by max");
    assertThat(Explanation.inShort(HPA, byValue(spec, 2, 0))).isEqualTo("2 by min");
    assertThat(
            Explanation.inShort(
                HPA, byValue(new HpaSpec(2, 12, METRICS.subList(2, 3), slow, slow), 4, 0)))
        .isEqualTo("4 by behavior");
  }

  private static HpaDecision byValue(HpaSpec spec, int current, long milli) {
    return Hpa.decide(
        spec,
        Replicas.settled(current),
        Map.of("other", new MetricReading.Read(milli)),
        HpaState.EMPTY,
        Instant.EPOCH);
  }

  private static String limit(HpaSpec spec, int current, long milli) {
    return text(byValue(spec, current, milli));
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void narration_everyPhase_fitsTheTerminal(Phase phase) {
    for (int seconds : new int[] {25, 60}) {
      var narration = new Narration(DemoPlan.of(seconds), HPA, "n8n.ai.generation.queue.demo-0");
      assertThat(narration.at(phase))
          .hasSizeGreaterThan(2)
          .allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    }
  }

  @Test
  void narration_openingAndEnding_fitTheTerminal() {
    var narration = new Narration(DemoPlan.of(60), HPA, "q");
    assertThat(narration.opening()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(narration.ending(12, List.of()))
        .anySatisfy(line -> assertThat(line).startsWith("OK: 2 -> 12 -> 2"))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(narration.ending(2, List.of("it broke"))).contains("FAILED:", "- it broke");
  }

  @Test
  void narration_handsOn_commandsWithTheirAddresses() {
    var narration = new Narration(DemoPlan.of(60), HPA, "q");
    var handsOn =
        new Narration.HandsOn(
            Path.of("/tmp/gpuscaling-demo-1234567890123456789"),
            "https://127.0.0.1:40123/apis/external.metrics.k8s.io/v1beta1/namespaces/default",
            "http://127.0.0.1:40124/metrics",
            "http://127.0.0.1:40125/metrics");
    assertThat(narration.handsOn(handsOn, 20))
        .contains("  cd /tmp/gpuscaling-demo-1234567890123456789")
        .contains("    $M/gpu_workers_busy")
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
  }

  @ParameterizedTest
  @ValueSource(strings = {"24", "0", "-1", "90000", "long", "1e3", "99999999999"})
  void plan_notANumberInRange_refused(String text) {
    assertThat(DemoPlan.parse(text)).isEmpty();
  }

  @Test
  void plan_seconds_total() {
    assertThat(DemoPlan.parse("")).hasValue(DemoPlan.of(DemoPlan.DEFAULT_SECONDS));
    assertThat(DemoPlan.parse(" 600 ")).hasValue(DemoPlan.of(600));
    assertThat(DemoPlan.of(30).taskDuration()).isLessThan(DemoPlan.of(60).taskDuration());
  }
}
