package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.policy.spec.Policy;
import java.util.Optional;

/** Whether a policy may steer its target. */
sealed interface Standing {

  /**
   * It may.
   *
   * @param policy with its profile applied
   * @param target as it is now
   * @param replicas {@code spec.replicas} of the target
   * @param pool whose quota binds
   * @param autoscaler the HPA through which it steers, where there is one yet
   */
  record Steers(
      Policy policy,
      Workload target,
      int replicas,
      Optional<GpuPool> pool,
      Optional<Autoscaler> autoscaler)
      implements Standing {}

  /**
   * It may not, and the target keeps its replicas.
   *
   * @param reason in one word, of the condition Ready
   * @param message what is wrong and what to change
   * @param takesOver what ends it, where the adapter does that itself
   */
  record Refused(String reason, String message, Optional<TakesOver> takesOver) implements Standing {

    /** Until a person changes something. */
    Refused(String reason, String message) {
      this(reason, message, Optional.empty());
    }
  }

  /**
   * Whose HPA becomes that of a policy.
   *
   * @param policy with its profile applied
   * @param autoscaler as it was when that was found to be right
   */
  record TakesOver(Policy policy, Autoscaler autoscaler) {}
}
