package io.gpuscaling.adapter.policy;

import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Profile;
import java.util.List;
import java.util.Map;

/** Where policies come from. Safe for use by any thread; never blocks. */
@FunctionalInterface
public interface PolicyObjects {

  /** What is known now: the same instance while nothing has changed. */
  Snapshot snapshot();

  /**
   * All objects that policies are about.
   *
   * @param problem why they are not known, as a sentence; empty when all have been read once
   * @param policies by name
   * @param profiles by name
   * @param pools by name
   * @param autoscalers all HPAs of the cluster
   */
  record Snapshot(
      String problem,
      Map<PolicyName, PolicyObject> policies,
      Map<String, Read<Profile>> profiles,
      Map<String, Read<GpuPool>> pools,
      List<Autoscaler> autoscalers) {

    /** Nothing has been read yet. */
    public static final Snapshot UNREAD =
        new Snapshot(
            "the adapter has not read the cluster's scaling policies yet",
            Map.of(),
            Map.of(),
            Map.of(),
            List.of());

    /** Copies. */
    public Snapshot {
      policies = Map.copyOf(policies);
      profiles = Map.copyOf(profiles);
      pools = Map.copyOf(pools);
      autoscalers = List.copyOf(autoscalers);
    }

    boolean isKnown() {
      return problem.isEmpty();
    }
  }
}
