package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.PolicyAnswer;
import io.gpuscaling.adapter.api.PolicySubresource;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.policy.Autoscaler.Follows;
import io.gpuscaling.adapter.policy.Autoscaler.Loose;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.ScalingRules;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is told to an HPA that leaves out small steps, and what is said of it. */
class LoosePoliciesTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration TURN = Duration.ofSeconds(17);
  private static final String SPEC =
      """
      minReplicas: 2
      maxReplicas: 50
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100}
      """;

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 20).queue(50);
  private final PolicyWorld.Adapter leader = world.leader();
  private final PolicyWorld.Adapter follower = world.follower();

  private void hpa(int pods, Optional<Instant> lastScaleTime) {
    ScalingRules rules =
        new ScalingRules(
            Duration.ZERO,
            List.of(new RatePolicy.Pods(pods, MINUTE)),
            SelectPolicy.MAX,
            ScalingRules.DEFAULT_TOLERANCE);
    HpaSpec spec =
        new HpaSpec(
            2,
            50,
            List.of(new HpaMetric("decided", new MetricTarget.AverageValue(1000))),
            rules,
            rules);
    world.autoscalers.clear();
    world.autoscalers.add(
        new Autoscaler(
            "ai",
            "own",
            new ScaleTarget("apps/v1", "Deployment", "worker"),
            Follows.LOOSELY,
            Autoscaler.Owner.NONE,
            new Autoscaler.Bounds(2, 50),
            Autoscaler.Stored.UNREAD,
            Optional.of(new Loose(spec, lastScaleTime)),
            Autoscaler.Handover.NONE));
  }

  private void order(int replicas) {
    world.policy("worker", SPEC, "gpuscaling.io/override", "pause-at=" + replicas);
    world.pass(TURN);
  }

  /** What an HPA would read, in thousandths, or -1 for none. */
  private static long milli(PolicyWorld.Adapter adapter) {
    return switch (adapter.served.number(PolicyWorld.WORKER)) {
      case ServedNumber.None _, ServedNumber.Withheld _ -> -1;
      case ServedNumber.Instead(_, long milli, _) -> milli;
      case ServedNumber.Replicas(int replicas) -> replicas * 1000L;
    };
  }

  /** Why it reads none, or another value than the number. */
  private static String sentence(PolicyWorld.Adapter adapter) {
    return switch (adapter.served.number(PolicyWorld.WORKER)) {
      case ServedNumber.None(String sentence) -> sentence;
      case ServedNumber.Withheld(_, String sentence) -> sentence;
      case ServedNumber.Instead(_, _, String sentence) -> sentence;
      case ServedNumber.Replicas _ -> "";
    };
  }

  private String followed() {
    Condition it = world.status().condition(Condition.FOLLOWED).orElseThrow();
    return it.isTrue() + " " + it.reason() + ": " + it.message();
  }

  private Map<?, ?> served() {
    PolicyAnswer answer =
        new PolicyAnswers(leader.served).ask(PolicySubresource.EXPLAIN, "ai", "worker");
    return (Map<?, ?>)
        Objects.requireNonNull(
            new HashMap<>(((PolicyAnswer.Document) answer).fields()).get("served"));
  }

  @Test
  void stepWithinTheTolerance_isServedOutsideIt_byEveryReplica_andShownAsItIs() {
    hpa(1, Optional.empty());
    order(20);
    assertThat(milli(leader)).isEqualTo(20_000);
    assertThat(followed())
        .isEqualTo(
            "true ServedOutsideTolerance: HorizontalPodAutoscaler own has a tolerance: a step"
                + " within it is served as a value just outside, and its own policies hold it to"
                + " the step");

    order(21);

    String sentence =
        "21 replicas are served as 22001m, just outside the HPA's tolerance: its own policies hold"
            + " it to the step";
    assertThat(milli(leader)).isEqualTo(22_001);
    assertThat(milli(follower)).isEqualTo(22_001);
    assertThat(sentence(leader)).isEqualTo(sentence);
    assertThat(followed())
        .isEqualTo("true ServedOutsideTolerance: HorizontalPodAutoscaler own: " + sentence);
    assertThat(served()).isEqualTo(Map.of("replicas", 21, "value", "22001m", "message", sentence));
    assertThat(world.status().desiredReplicas()).hasValue(21);

    world.deployment("worker", 21).pass(Duration.ofSeconds(1));
    assertThat(milli(leader)).isEqualTo(21_000);
  }

  private String asked(boolean isExternal) {
    QueryResult<?> result =
        isExternal
            ? leader.metrics.external(
                new ExternalQuery(
                    "ai", "scaling_policy_desired_replicas", LabelSelector.EVERYTHING))
            : leader.metrics.custom(
                new CustomQuery(
                    "ai",
                    new GroupResource("apps", "deployments"),
                    "worker",
                    "scaling_policy_desired_replicas",
                    LabelSelector.EVERYTHING,
                    LabelSelector.EVERYTHING));
    return result.toString();
  }

  @Test
  void bothApis_serveTheSame_andSayWhyNot() {
    hpa(1, Optional.empty());
    order(21);
    assertThat(asked(false)).contains("value=22.001");
    assertThat(asked(true)).contains("value=22.001");

    hpa(50, Optional.empty());
    world.pass(TURN);
    String sentence =
        "ScalingPolicy ai/worker: 21 replicas are not served: the HPA's" + " tolerance";
    assertThat(asked(false)).contains(sentence);
    assertThat(asked(true)).contains(sentence);
  }

  @Test
  void turn_waits_untilTheHpaHasForgottenTheStepBefore() {
    hpa(1, Optional.empty());
    order(21);
    world.deployment("worker", 21).pass(Duration.ofSeconds(1));
    order(20);

    assertThat(milli(leader)).isEqualTo(-1);
    assertThat(followed())
        .startsWith(
            "false WaitingForPeriod: HorizontalPodAutoscaler own: 20 replicas are not served"
                + " before");
    assertThat(served().keySet()).hasToString("[message]");
    assertThat(sentence(leader)).contains("may count an earlier change");

    world.pass(MINUTE);
    assertThat(milli(leader)).isEqualTo(18_899);
    assertThat(milli(follower)).isEqualTo(18_899);
  }

  @Test
  void hpaThatNothingHoldsToTheStep_isToldNothing_andItIsSaid() {
    hpa(50, Optional.empty());
    order(20);
    assertThat(milli(leader)).isEqualTo(20_000);
    assertThat(followed()).startsWith("false ToleranceNotSet: ").contains("--no-tolerance-field");

    order(21);
    assertThat(milli(leader)).isEqualTo(-1);
    assertThat(followed())
        .startsWith("false StepWithinTolerance: ")
        .contains("a step from 20 to 21", "gpuscaling generate --no-tolerance-field");

    order(25);
    assertThat(milli(leader)).isEqualTo(25_000);
  }

  @Test
  void policyWithoutSmallSteps_isFollowedByAnyHpa() {
    hpa(50, Optional.empty());
    world.policy("worker", SPEC.replace("50", "11"));
    world.deployment("worker", 4).pass(TURN);

    assertThat(followed())
        .startsWith("true Followed: ")
        .endsWith("no step is within its tolerance");
  }

  @Test
  void rolloutWithSurge_isToldNothing() {
    hpa(1, Optional.empty());
    order(20);
    world.existing.put("worker", 22);
    world.pass(TURN);

    assertThat(milli(leader)).isEqualTo(-1);
    assertThat(sentence(leader)).contains("while 22 exist and spec.replicas is 20");
    assertThat(followed()).startsWith("true ServedOutsideTolerance");
  }

  @Test
  void changeThatAnAdapterHasNotSeen_waits() {
    hpa(1, Optional.of(world.now().minusSeconds(20)));
    order(21);
    assertThat(milli(leader)).isEqualTo(-1);
    assertThat(sentence(leader)).contains("not served before");

    world.pass(MINUTE);
    assertThat(milli(leader)).isEqualTo(22_001);
  }

  @Test
  void adapterThatWasStopped_hasNotSeenWhatHappened() {
    hpa(1, Optional.empty());
    order(20);
    leader.isStopped = true;
    world.pass(Duration.ofSeconds(20));
    hpa(1, Optional.of(world.now().minusSeconds(10)));
    leader.isStopped = false;
    order(21);

    assertThat(sentence(leader)).contains("not served before");
  }
}
