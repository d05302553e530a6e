package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Workloads whose tasks somebody has told of since this process began. Of those of which a pod has
 * had a task session only their own word counts, and nobody else's. Of all others a broker may have
 * told; one that falls silent leaves their tasks unknown. Safe for use by any thread.
 */
final class AnnouncedWorkloads {

  /** Beyond that many every workload counts as one of them: nothing is believed too much. */
  static final int MAX_WORKLOADS = 10_000;

  private final Set<String> bySessions = ConcurrentHashMap.newKeySet();
  private final Set<String> byBrokers = ConcurrentHashMap.newKeySet();

  /** A pod has a session. */
  void note(Pod pod) {
    note(bySessions, pod);
  }

  /** A broker tells of a pod that has none. */
  void noteByBroker(Pod pod) {
    note(byBrokers, pod);
  }

  /** Whether a pod of the same workload has had a session. */
  boolean has(Pod pod) {
    return has(bySessions, pod);
  }

  /** Whether anybody has told of a pod of the same workload. */
  boolean hasBeenToldOf(Pod pod) {
    return has(bySessions, pod) || has(byBrokers, pod);
  }

  private static void note(Set<String> keys, Pod pod) {
    if (!isFull(keys)) {
      keys.add(key(pod));
    }
  }

  private static boolean has(Set<String> keys, Pod pod) {
    return isFull(keys) || keys.contains(key(pod));
  }

  private static boolean isFull(Set<String> keys) {
    return keys.size() >= MAX_WORKLOADS;
  }

  /** A pod that nobody owns is its own workload. */
  private static String key(Pod pod) {
    return pod.workload().isEmpty()
        ? pod.namespace() + "/Pod/" + pod.name()
        : pod.namespace() + "/" + pod.workloadKind() + "/" + pod.workload();
  }
}
