package io.gpuscaling.policy.check;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a policy can do with a load, and what it cannot.
 *
 * @param replicasAtPeak that the peak needs
 * @param maxReplicas that the policy, or the quota if that is less, allows
 * @param minToMax how long it takes from the minimum to the maximum with every up rule breached;
 *     empty when it is not reached within {@link PolicyCheck#LONGEST}
 * @param largestShortfall the most replicas that are missing at any time of the ramp, though the
 *     policy acts as early as it may
 * @param faults empty when the figures carry the load
 */
public record CheckReport(
    int replicasAtPeak,
    int maxReplicas,
    Optional<Duration> minToMax,
    int largestShortfall,
    List<Fault> faults) {

  /** Copies. */
  public CheckReport {
    faults = List.copyOf(faults);
  }

  /** Why the figures do not carry the load. */
  public sealed interface Fault {

    /** The maximum serves less than the peak. */
    record MaximumTooSmall(int maxReplicas, int neededReplicas, double servedPerSecond)
        implements Fault {}

    /** The pool grants less than the peak needs, though the maximum would do. */
    record QuotaTooSmall(int quotaReplicas, int neededReplicas) implements Fault {}

    /** The maximum is not reached, or not in the time of the ramp. */
    record TooSlow(Optional<Duration> minToNeeded, Duration ramp, int neededReplicas)
        implements Fault {}

    /** Replicas are missing on the way. */
    record FallsBehind(int missingReplicas, Duration after) implements Fault {}

    /** The breaker pauses the policy on its way up. */
    record BreakerTrips(Duration after, int replicas, int maxActions, int neededActions)
        implements Fault {}

    /** A rule that no value can breach. */
    record NeverRaises(String rule, double threshold, double largestValue) implements Fault {}

    /** A down threshold that no value can be under: the rule pins the target where it is. */
    record NeverLowers(String rule, double threshold) implements Fault {}

    /** No rule asks for more, ever. */
    record NoUpRule() implements Fault {}
  }
}
