package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.adapter.policy.Standing.TakesOver;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.policy.spec.Bounds;
import java.util.Optional;

/**
 * Whether the HPA of somebody else may become a policy's: its owner has marked it, the policy asks
 * to have its HPA written, nobody else controls it, and no replica would change by it. Pure.
 */
final class TakeOver {

  private TakeOver() {}

  /** Whether its owner has marked it, for whatever policy. */
  static boolean isMarked(Autoscaler autoscaler) {
    return !autoscaler.handover().toPolicy().isEmpty();
  }

  /**
   * What a policy is until it has the HPA that is marked on its target.
   *
   * @param steers what it would be with it
   * @param mayWrite whether the adapter has been told to write HPAs
   */
  static Refused of(ScalingPolicy asked, Steers steers, Autoscaler marked, boolean mayWrite) {
    String hpa = marked.shown();
    String name = steers.policy().name().name();
    String mark = GeneratedHpa.TAKE_OVER_ANNOTATION;
    if (!marked.handover().toPolicy().equals(name)) {
      return new Refused(
          "TakeOverNamesAnother",
          "the annotation %s of %s names policy %s, and this one is %s: correct it, or delete one of"
                  .formatted(mark, hpa, marked.handover().toPolicy(), name)
              + " the two");
    }
    if (!marked.owner().shown().isEmpty()) {
      return new Refused(
          "TakeOverControlled",
          "%s is marked for this policy, but %s controls it and would write it back: delete that one"
                  .formatted(hpa, marked.owner().shown())
              + " (its HPA goes with it), or this policy");
    }
    if (!asked.writesAutoscaler()) {
      return new Refused(
          "TakeOverNotAsked",
          hpa
              + " is marked for this policy, which does not have its HPA written: set"
              + " spec.writeAutoscaler to true, or apply what gpuscaling generate prints under the"
              + " name "
              + marked.name());
    }
    if (!mayWrite) {
      return new Refused(
          "TakeOverNotAllowed",
          hpa
              + " is marked for this policy, but policies.autoscalers of the adapter is off"
              + " (manifests/components/autoscalers): switch it on, or apply what gpuscaling"
              + " generate prints under the name "
              + marked.name());
    }
    if (steers.policy().isShadow()) {
      return new Refused(
          "TakeOverInShadow",
          hpa
              + " is marked for this policy, which is in shadow and steers nothing: set spec.mode"
              + " to Active (or the profile's scalingEnabled to true), or take the annotation "
              + mark
              + " away");
    }
    if (marked.bounds().frozen()) {
      return new Refused(
          "TakeOverFrozen",
          "%s is marked for this policy, and frozen: kubectl gpuscaling unfreeze %s"
              .formatted(hpa, marked.name()));
    }
    Bounds bounds = GeneratedHpa.widest(steers.policy());
    int replicas = steers.replicas();
    if (replicas < bounds.minReplicas() || replicas > bounds.maxReplicas()) {
      return new Refused(
          "TakeOverOutOfBounds",
          "%s is marked for this policy, but %s has %d replicas, and with the policy's %d to %d the"
                  .formatted(
                      hpa,
                      steers.policy().target(),
                      replicas,
                      bounds.minReplicas(),
                      bounds.maxReplicas())
              + " HPA would change them at once: widen the policy, or scale first");
    }
    return new Refused(
        "TakingOver",
        hpa + " is marked for this policy and is being taken over",
        Optional.of(new TakesOver(steers.policy(), marked)));
  }
}
