package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Workloads of which a pod has had a task session since this process began: from then on their own
 * word counts, and nobody else's. Safe for use by any thread.
 */
final class AnnouncedWorkloads {

  /** Beyond that many every workload counts as one of them: nothing is believed too much. */
  static final int MAX_WORKLOADS = 10_000;

  private final Set<String> keys = ConcurrentHashMap.newKeySet();

  /** A pod has a session. */
  void note(Pod pod) {
    if (!isFull()) {
      keys.add(key(pod));
    }
  }

  /** Whether a pod of the same workload has had one. */
  boolean has(Pod pod) {
    return isFull() || keys.contains(key(pod));
  }

  private boolean isFull() {
    return keys.size() >= MAX_WORKLOADS;
  }

  /** A pod that nobody owns is its own workload. */
  private static String key(Pod pod) {
    return pod.workload().isEmpty()
        ? pod.namespace() + "/Pod/" + pod.name()
        : pod.namespace() + "/" + pod.workloadKind() + "/" + pod.workload();
  }
}
