package io.gpuscaling.adapter.cluster;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.PolicyObjects;
import io.gpuscaling.adapter.policy.RecordedStatus;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.policy.spec.PolicyName;
import java.util.HashMap;
import java.util.Map;

/**
 * What stands in a folder.
 *
 * @param objects what policies are, with their status
 * @param cluster what they are about
 * @param usages of pods, by namespace and name
 */
record Manifests(
    PolicyObjects.Snapshot objects,
    ClusterSnapshot cluster,
    Map<String, Map<String, Usage>> usages) {

  /** Nothing has been read. */
  static final Manifests NONE =
      new Manifests(PolicyObjects.Snapshot.UNREAD, ClusterSnapshot.UNREAD, Map.of());

  /** Copies. */
  Manifests {
    usages = Map.copyOf(usages);
  }

  Map<PolicyName, PolicyObject> policies() {
    return objects.policies();
  }

  /** The same with the status of each policy. */
  Manifests with(Map<PolicyName, RecordedStatus> statuses) {
    Map<PolicyName, PolicyObject> policies = new HashMap<>();
    objects
        .policies()
        .forEach((name, object) ->
            policies.put(
                name,
                object.with(
                    statuses.getOrDefault(name, RecordedStatus.NONE),
                    object.metadata().resourceVersion())));
    return new Manifests(withPolicies(policies), cluster, usages);
  }

  /** The same with one policy replaced. */
  Manifests with(PolicyObject object) {
    Map<PolicyName, PolicyObject> policies = new HashMap<>(objects.policies());
    policies.put(object.name(), object);
    return new Manifests(withPolicies(policies), cluster, usages);
  }

  private PolicyObjects.Snapshot withPolicies(Map<PolicyName, PolicyObject> policies) {
    return new PolicyObjects.Snapshot(
        objects.problem(), policies, objects.profiles(), objects.pools(), objects.autoscalers());
  }
}
