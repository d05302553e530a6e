package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.policy.spec.Policy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What becomes of policies that go down to 0 replicas, on this cluster. Pure. */
final class ZeroReplicas {

  private ZeroReplicas() {}

  private static boolean isWantedBy(Policy policy) {
    return GeneratedHpa.widest(policy).minReplicas() == 0;
  }

  /**
   * Why a policy may not steer. An HPA that is stored with a minimum of 0 shows that it can be,
   * whatever a probe says.
   *
   * @param ofTarget the HPAs of its target
   */
  static Optional<Refused> refusal(Policy policy, List<Autoscaler> ofTarget, ScaleToZero cluster) {
    return isWantedBy(policy)
            && cluster instanceof ScaleToZero.Unsupported
            && ofTarget.stream().noneMatch(it -> it.bounds().minReplicas() == 0)
        ? Optional.of(
            new Refused(
                "ScaleToZeroUnsupported",
                "the policy goes down to 0 replicas, and the API server takes no"
                    + " HorizontalPodAutoscaler with minReplicas 0: switch on the feature gate"
                    + " HPAScaleToZero of kube-apiserver and kube-controller-manager (it is on from"
                    + " Kubernetes 1.37), or keep the policy's minimums above 0"))
        : Optional.empty();
  }

  /**
   * The condition of a policy that goes down to 0; of others nothing.
   *
   * @param now since when it is so, if it was not so before
   */
  static Optional<Condition> condition(Steers steers, ScaleToZero cluster, Instant now) {
    if (!isWantedBy(steers.policy())) {
      return Optional.empty();
    }
    Optional<Autoscaler> stored = steers.autoscaler().filter(it -> it.bounds().minReplicas() == 0);
    if (stored.isPresent()) {
      return Optional.of(
          new Condition(
              Condition.SCALE_TO_ZERO,
              true,
              "Stored",
              stored.get().shown() + " has minReplicas 0",
              now));
    }
    return Optional.of(
        switch (cluster) {
          case ScaleToZero.Supported() ->
              new Condition(
                  Condition.SCALE_TO_ZERO,
                  true,
                  "Probed",
                  "the API server takes a HorizontalPodAutoscaler with minReplicas 0",
                  now);
          // Such a policy is refused before it comes to this.
          case ScaleToZero.Unsupported() ->
              new Condition(
                  Condition.SCALE_TO_ZERO,
                  false,
                  "Unsupported",
                  "the API server takes no HorizontalPodAutoscaler with minReplicas 0",
                  now);
          case ScaleToZero.Unknown(String sentence) ->
              new Condition(
                  Condition.SCALE_TO_ZERO,
                  false,
                  Condition.UNKNOWN,
                  "whether HorizontalPodAutoscalers of this cluster can go down to 0 is unknown: "
                      + sentence,
                  now);
        });
  }
}
