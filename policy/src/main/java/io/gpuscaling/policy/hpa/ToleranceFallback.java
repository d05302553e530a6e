package io.gpuscaling.policy.hpa;

import io.gpuscaling.policy.hpa.HpaInput.Manner;
import io.gpuscaling.policy.hpa.HpaState.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds what to tell an HPA that leaves out small differences, so that its own algorithm brings the
 * replicas to the number wanted. Pure.
 *
 * <p>In the order in which they are tried: the number itself, where it lies outside the tolerance;
 * a value that the HPA rounds up to it; a value just outside the tolerance, where the HPA's own
 * policies let it go no further, whatever it remembers of the changes before. What lies between the
 * replicas now and those wanted is on the way, and allowed; beyond them, or back, nothing is.
 */
public final class ToleranceFallback {

  /**
   * So long an HPA that has done its step must not do another one by the same value: what is told
   * may be that late. The period of its policies must be at least this.
   */
  public static final Duration LINGERING = Duration.ofSeconds(60);

  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final String METRIC = "wanted";

  private final HpaSpec hpa;
  private final Replicas replicas;
  private final int goal;
  private final Instant now;

  private ToleranceFallback(HpaSpec hpa, Replicas replicas, int goal, Instant now) {
    this.hpa = hpa;
    this.replicas = replicas;
    this.goal = goal;
    this.now = now;
  }

  /**
   * What to tell now.
   *
   * @param hpa its bounds and behavior; its metrics do not count, for ours has an average value of
   *     1, and the largest proposal wins
   * @param replicas as the HPA sees them
   * @param wanted the replicas decided, or those that are to stay
   * @param past what the HPA may remember
   */
  public static HpaInput of(HpaSpec hpa, Replicas replicas, int wanted, HpaPast past, Instant now) {
    HpaSpec calm =
        new HpaSpec(
            hpa.minReplicas(),
            hpa.maxReplicas(),
            List.of(new HpaMetric(METRIC, new MetricTarget.AverageValue(MilliQuantity.PER_UNIT))),
            calm(hpa.up()),
            calm(hpa.down()));
    int goal = Math.clamp(wanted, hpa.minReplicas(), hpa.maxReplicas());
    int bounded = Math.clamp(replicas.spec(), hpa.minReplicas(), hpa.maxReplicas());
    // Beyond its bounds, or switched off, an HPA asks no metric.
    return bounded == replicas.spec()
        ? new ToleranceFallback(calm, replicas, goal, now).input(past)
        : new HpaInput.Value(plain(wanted), Manner.PLAIN);
  }

  /** A stabilization window only holds back: what it leaves lies between. */
  private static ScalingRules calm(ScalingRules rules) {
    return new ScalingRules(
        Duration.ZERO, rules.policies(), rules.selectPolicy(), rules.tolerance());
  }

  private HpaInput input(HpaPast past) {
    boolean isSettled = replicas.status() == replicas.spec();
    if (goal == replicas.spec()) {
      return isSettled ? steady() : new HpaInput.Unsettled(replicas.spec(), replicas.status());
    }
    Predicate<Long> isExact =
        value -> proposal(value, replicas.status()) == goal && isOutside(value, replicas.status());
    if (isExact.test(plain(goal))) {
      return new HpaInput.Value(plain(goal), Manner.PLAIN);
    }
    if (isExact.test(least(goal))) {
      return new HpaInput.Value(least(goal), Manner.ROUNDED_UP);
    }
    Optional<Long> edge = edge().filter(this::isHeldToTheStep);
    if (edge.isEmpty()) {
      return isSettled
          ? new HpaInput.StepWithinTolerance(replicas.spec(), goal)
          : new HpaInput.Unsettled(replicas.spec(), replicas.status());
    }
    Instant safeFrom = safeFrom(edge.get(), past);
    return safeFrom.isAfter(now)
        ? new HpaInput.WaitingForPeriod(safeFrom)
        : new HpaInput.Value(edge.get(), Manner.OUTSIDE_TOLERANCE);
  }

  /** One that would keep them even if a rollout had just made one pod more, if there is such. */
  private HpaInput steady() {
    long least = least(goal);
    boolean isBetter =
        proposal(plain(goal), goal + 1) != goal
            && proposal(least, goal) == goal
            && proposal(least, goal + 1) == goal;
    return isBetter
        ? new HpaInput.Value(least, Manner.ROUNDED_UP)
        : new HpaInput.Value(plain(goal), Manner.PLAIN);
  }

  private static long plain(int replicas) {
    return replicas * MilliQuantity.PER_UNIT;
  }

  /** The least value that is rounded up to so many replicas. */
  private static long least(int replicas) {
    return Math.max(0, plain(replicas) - MilliQuantity.PER_UNIT + 1);
  }

  /** The value nearest to the tolerance, on the side where the goal lies. */
  private Optional<Long> edge() {
    double status = replicas.status() * (double) MilliQuantity.PER_UNIT;
    boolean isUp = goal > replicas.spec();
    long value =
        isUp
            ? (long) Math.floor(status * (1 + hpa.up().tolerance())) + 1
            : (long) Math.ceil(status * (1 - hpa.down().tolerance())) - 1;
    while (value >= 0 && !isOutside(value, replicas.status())) {
      value += isUp ? 1 : -1; // a double's last digit
    }
    return value < 0 ? Optional.empty() : Optional.of(value);
  }

  /** Whether it moves an HPA that remembers nothing, not too far, and not again too soon. */
  private boolean isHeldToTheStep(long value) {
    int next = decided(value, replicas, HpaState.EMPTY, now);
    if (next == replicas.spec() || !isOnTheWay(next)) {
      return false;
    }
    Change step = new Change(now, next - replicas.spec());
    Replicas late = new Replicas(next, replicas.status(), replicas.ready());
    return isOnTheWay(
        decided(
            value,
            late,
            new HpaState(List.of(), List.of(step)),
            now.plus(LINGERING).minus(MOMENT)));
  }

  /** From when on the HPA does not go too far, whatever of the past it remembers. */
  private Instant safeFrom(long value, HpaPast past) {
    List<RatePolicy> policies = (goal > replicas.spec() ? hpa.up() : hpa.down()).policies();
    List<Change> later =
        past.changes().stream()
            .map(it -> new Change(it.at().plus(HpaPast.MARGIN), it.replicas()))
            .toList();
    Instant seen =
        policies.stream()
            .map(RatePolicy::period)
            .max(Duration::compareTo)
            .flatMap(longest -> past.unseenUntil(longest, now))
            .orElse(now);
    return Stream.concat(
            Stream.of(seen),
            policies.stream()
                .flatMap(policy -> later.stream().map(it -> it.at().plus(policy.period()))))
        .filter(it -> !it.isBefore(seen))
        .sorted()
        .filter(at -> isSafe(value, later, at))
        .findFirst()
        .orElse(seen);
  }

  /**
   * Changes upwards narrow what may be added and widen what may be removed, and those downwards the
   * other way: with all, with none and with those of one kind the HPA does all that it can do.
   */
  private boolean isSafe(long value, List<Change> changes, Instant at) {
    boolean isWhole = decided(value, replicas, HpaState.EMPTY, at) == goal;
    return Stream.<Predicate<Change>>of(
            _ -> true, _ -> false, it -> it.replicas() > 0, it -> it.replicas() < 0)
        .map(kind -> new HpaState(List.of(), changes.stream().filter(kind).toList()))
        .mapToInt(memory -> decided(value, replicas, memory, at))
        // A step that can be done at once is not done by halves.
        .allMatch(it -> isWhole ? it == goal : isOnTheWay(it));
  }

  private boolean isOnTheWay(int next) {
    return next >= Math.min(replicas.spec(), goal) && next <= Math.max(replicas.spec(), goal);
  }

  private int decided(long value, Replicas seen, HpaState memory, Instant at) {
    return Hpa.decide(hpa, seen, Map.of(METRIC, new MetricReading.Read(value)), memory, at)
        .desired();
  }

  private boolean isOutside(long value, int status) {
    return !proposed(value, status).isWithinTolerance();
  }

  private int proposal(long value, int status) {
    return proposed(value, status).replicas();
  }

  private MetricProposal.Replicas proposed(long value, int status) {
    return Hpa.propose(
        hpa.metrics().getFirst(), value, new Replicas(replicas.spec(), status, status), hpa);
  }
}
