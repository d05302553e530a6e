package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.policy.hpa.HpaInput;
import io.gpuscaling.policy.hpa.RuleSteps;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Policy;
import java.time.Instant;
import java.util.Optional;

/** Says whether an HPA can do what a policy decides. Pure. */
final class FollowedCondition {

  private static final String OUTSIDE = "ServedOutsideTolerance";

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
   * @param told to an HPA with a tolerance
   * @param now since when it is so, if it was not so before
   */
  static Optional<Condition> of(Steers steers, Kept kept, Optional<ToldInstead> told, Instant now) {
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
                  .map(it -> of(steers, it, told, now))
                  .orElseGet(() ->
                      no(
                          "NotWrittenYet",
                          "the HorizontalPodAutoscaler of the policy is not there yet",
                          now)));
      case Kept.NotAskedFor() -> steers.autoscaler().map(it -> of(steers, it, told, now));
    };
  }

  private static Condition of(
      Steers steers, Autoscaler autoscaler, Optional<ToldInstead> told, Instant now) {
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
      return told.flatMap(it -> loosely(autoscaler, it, now))
          .orElseGet(() -> loosely(steers.policy(), autoscaler, now));
    }
    return new Condition(
        Condition.FOLLOWED, true, "Followed", autoscaler.shown() + " does what it decides", now);
  }

  /** By what it is told now, where that is not the number itself. */
  private static Optional<Condition> loosely(Autoscaler autoscaler, ToldInstead told, Instant now) {
    String message = autoscaler.shown() + ": " + told.sentence();
    return switch (told.input()) {
      case HpaInput.Value(_, var manner) ->
          manner == HpaInput.Manner.OUTSIDE_TOLERANCE
              ? Optional.of(new Condition(Condition.FOLLOWED, true, OUTSIDE, message, now))
              : Optional.empty();
      case HpaInput.WaitingForPeriod _ -> Optional.of(no("WaitingForPeriod", message, now));
      case HpaInput.StepWithinTolerance _ -> Optional.of(no("StepWithinTolerance", message, now));
      case HpaInput.Unsettled _ -> Optional.empty();
    };
  }

  /** By what it will be told of the smallest steps that the policy has. */
  private static Condition loosely(Policy policy, Autoscaler autoscaler, Instant now) {
    Bounds widest = GeneratedHpa.widest(policy);
    boolean isDone =
        autoscaler
            .loose()
            .filter(it ->
                RuleSteps.areDone(it.rules(), policy, widest, true)
                    && RuleSteps.areDone(it.rules(), policy, widest, false))
            .isPresent();
    if (!isDone) {
      return no(
          "ToleranceNotSet",
          autoscaler.shown()
              + " leaves out steps of less than its tolerance, 10 % of the replicas where none is"
              + " set: set tolerance to \"0\" in behavior.scaleUp and behavior.scaleDown"
              + " (gpuscaling generate prints it); API servers before Kubernetes 1.35 drop it"
              + " unless the feature gate HPAConfigurableTolerance is on: there take what"
              + " gpuscaling generate --no-tolerance-field prints",
          now);
    }
    boolean isMissed =
        RuleSteps.areMissed(policy, widest, true) || RuleSteps.areMissed(policy, widest, false);
    return isMissed
        ? new Condition(
            Condition.FOLLOWED,
            true,
            OUTSIDE,
            autoscaler.shown()
                + " has a tolerance: a step within it is served as a value just outside, and its"
                + " own policies hold it to the step",
            now)
        : new Condition(
            Condition.FOLLOWED,
            true,
            "Followed",
            autoscaler.shown() + " does what it decides: no step is within its tolerance",
            now);
  }

  private static Condition no(String reason, String message, Instant now) {
    return new Condition(Condition.FOLLOWED, false, reason, message, now);
  }
}
