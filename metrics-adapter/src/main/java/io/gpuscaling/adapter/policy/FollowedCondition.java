package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.policy.spec.Bounds;
import java.time.Instant;
import java.util.Optional;

/** Says whether an HPA can do what a policy decides. Pure. */
final class FollowedCondition {

  private FollowedCondition() {}

  /** What is known of the HPA that the adapter keeps for a policy. */
  sealed interface Kept {

    /** The policy does not ask for one. */
    record NotAskedFor() implements Kept {}

    /** It does, and the adapter has not been told to write any. */
    record NotAllowed() implements Kept {}

    /**
     * The newest write has failed.
     *
     * @param sentence why
     */
    record Failed(String sentence) implements Kept {}

    /** It is there, or will be soon. */
    record Wanted() implements Kept {}
  }

  /**
   * The condition, or nothing where no HPA is there and none was asked for.
   *
   * @param now since when it is so, if it was not so before
   */
  static Optional<Condition> of(Steers steers, Kept kept, Instant now) {
    return switch (kept) {
      case Kept.NotAllowed() ->
          Optional.of(
              no(
                  "WritingNotAllowed",
                  "spec.writeAutoscaler has no effect: policies.autoscalers of the adapter is off"
                      + " (manifests/components/autoscalers)",
                  now));
      case Kept.Failed(String sentence) ->
          Optional.of(
              no(
                  "NotWritten",
                  "the HorizontalPodAutoscaler of the policy cannot be written: " + sentence,
                  now));
      case Kept.Wanted() ->
          Optional.of(
              steers
                  .autoscaler()
                  .map(it -> of(steers, it, now))
                  .orElseGet(() ->
                      no(
                          "NotWrittenYet",
                          "the HorizontalPodAutoscaler of the policy is not there yet",
                          now)));
      case Kept.NotAskedFor() -> steers.autoscaler().map(it -> of(steers, it, now));
    };
  }

  private static Condition of(Steers steers, Autoscaler autoscaler, Instant now) {
    Bounds wanted = GeneratedHpa.widest(steers.policy());
    Autoscaler.Bounds is = autoscaler.bounds();
    if (is.frozen()) {
      return no(
          "Frozen",
          autoscaler.shown()
              + " is frozen at "
              + is.minReplicas()
              + " replicas; kubectl gpuscaling unfreeze "
              + autoscaler.name()
              + " gives it its bounds back",
          now);
    }
    if (is.minReplicas() > wanted.minReplicas() || is.maxReplicas() < wanted.maxReplicas()) {
      return no(
          "BoundsNarrower",
          autoscaler.shown()
              + " keeps "
              + is.minReplicas()
              + " to "
              + is.maxReplicas()
              + " replicas and the policy may want "
              + wanted.minReplicas()
              + " to "
              + wanted.maxReplicas()
              + ": widen it (gpuscaling generate prints it), or narrow the policy",
          now);
    }
    if (autoscaler.follows() == Autoscaler.Follows.LOOSELY) {
      return no(
          "ToleranceNotSet",
          autoscaler.shown()
              + " leaves out steps of less than its tolerance, 10 % of the replicas where none is"
              + " set: set tolerance to \"0\" in behavior.scaleUp and behavior.scaleDown (gpuscaling"
              + " generate prints it); API servers before Kubernetes 1.35 drop it unless the feature"
              + " gate HPAConfigurableTolerance is on",
          now);
    }
    return new Condition(
        Condition.FOLLOWED, true, "Followed", autoscaler.shown() + " does what it decides", now);
  }

  private static Condition no(String reason, String message, Instant now) {
    return new Condition(Condition.FOLLOWED, false, reason, message, now);
  }
}
