package io.gpuscaling.policy.hpa;

import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.Step;
import io.gpuscaling.policy.spec.Threshold;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The steps of a policy's rules in one direction, and how an HPA without {@code tolerance} can be
 * held to them. Pure.
 */
public final class RuleSteps {

  /** Of the HPA's policies that hold it to a step. */
  public static final Duration PERIOD = ToleranceFallback.LINGERING;

  private static final Duration SHORT_PERIOD = Duration.ofSeconds(15);

  /** A step of one replica: what a rule that follows a number may ask for. */
  private static final Step ONE = new Step.Fixed(1);

  private RuleSteps() {}

  /**
   * The narrowest policies of an HPA that let every step through, the larger ones bit by bit: the
   * smallest fixed step, and the smallest percentage. Empty when the rules have no steps in that
   * direction; that of a number which is followed has no size.
   */
  public static List<RatePolicy> limits(Policy policy, boolean isUp) {
    List<RatePolicy> limits = new ArrayList<>();
    steps(policy, isUp)
        .flatMap(step -> pods(step).stream())
        .min(Comparator.naturalOrder())
        .ifPresent(it -> limits.add(new RatePolicy.Pods(it, PERIOD)));
    steps(policy, isUp)
        .flatMap(step -> percent(step).stream())
        .min(Comparator.naturalOrder())
        .ifPresent(it -> limits.add(new RatePolicy.Percent(it, PERIOD)));
    return limits;
  }

  /** Whether steps of a policy can be so small that an HPA with the usual tolerance misses them. */
  public static boolean areMissed(Policy policy, Bounds widest, boolean isUp) {
    ScalingRules wide =
        new ScalingRules(
            Duration.ZERO,
            List.of(new RatePolicy.Pods(Math.max(1, widest.maxReplicas()), SHORT_PERIOD)),
            SelectPolicy.MAX,
            ScalingRules.DEFAULT_TOLERANCE);
    return !areDone(
        new HpaSpec(
            widest.minReplicas(),
            Math.max(1, widest.maxReplicas()),
            List.of(new HpaMetric("wanted", new MetricTarget.AverageValue(MilliQuantity.PER_UNIT))),
            wide,
            wide),
        policy,
        widest,
        isUp);
  }

  /**
   * Whether an HPA with a tolerance can be told the steps of a policy in one direction, also where
   * they are smallest beside the replicas: near the maximum.
   */
  public static boolean areDone(HpaSpec hpa, Policy policy, Bounds widest, boolean isUp) {
    boolean hasSizes = steps(policy, isUp).findAny().isPresent();
    Stream<Step> tried =
        hasSizes ? steps(policy, isUp) : followers(policy).findAny().map(_ -> ONE).stream();
    return tried.allMatch(step -> isDone(hpa, step, widest, isUp));
  }

  private static boolean isDone(HpaSpec hpa, Step step, Bounds widest, boolean isUp) {
    // At the maximum itself the HPA's own bound would hold it.
    int most = widest.maxReplicas();
    int from = isUp ? most - 1 - smallest(step, most) : most;
    int change = smallest(step, from);
    int to = isUp ? from + change : Math.max(widest.minReplicas(), from - change);
    if (from < Math.max(1, widest.minReplicas()) || from == to || (to >= most && isUp)) {
      return true;
    }
    return ToleranceFallback.of(
            hpa, Replicas.settled(from), to, HpaPast.from(Instant.EPOCH), Instant.EPOCH)
        instanceof HpaInput.Value;
  }

  private static int smallest(Step step, int replicas) {
    return switch (step) {
      case Step.Fixed(int fixed) -> fixed;
      case Step.Percentage it -> it.replicas(Math.max(0, replicas), 0);
      case Step.Ladder(_, List<Step.Ladder.Rung> rungs) ->
          rungs.stream().mapToInt(Step.Ladder.Rung::replicas).min().orElse(1);
    };
  }

  /** A percentage with a fraction no HPA can have. */
  private static Optional<Integer> pods(Step step) {
    return switch (step) {
      case Step.Fixed _, Step.Ladder _ -> Optional.of(smallest(step, 0));
      case Step.Percentage _ -> percent(step).isPresent() ? Optional.empty() : Optional.of(1);
    };
  }

  private static Optional<Integer> percent(Step step) {
    return step instanceof Step.Percentage(double percent) && percent == Math.rint(percent)
        ? Optional.of((int) percent)
        : Optional.empty();
  }

  private static Stream<Step> steps(Policy policy, boolean isUp) {
    return responses(policy)
        .flatMap(response ->
            switch (response) {
              case Response.Thresholds(var up, var down) -> (isUp ? up : down).stream();
              case Response.Proportional _ -> Stream.<Threshold>empty();
            })
        .map(Threshold::step);
  }

  private static Stream<Response> followers(Policy policy) {
    return responses(policy).filter(Response.Proportional.class::isInstance);
  }

  private static Stream<Response> responses(Policy policy) {
    List<Rule> rules =
        policy.rules().stream().filter(it -> it.effect() == Rule.Effect.SCALE).toList();
    return Stream.concat(
        rules.stream().map(Rule::response),
        policy.schedule().stream()
            .flatMap(
                window -> rules.stream().flatMap(rule -> window.response(rule.name()).stream())));
  }
}
