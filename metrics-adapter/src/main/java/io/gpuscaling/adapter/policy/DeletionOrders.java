package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.spec.PolicyName;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets chosen pods go first, as well as that can be done: what fails is counted and said, and holds
 * nothing up, for a ReplicaSet removes as many pods all the same. Safe for use by any thread.
 */
final class DeletionOrders {

  private static final Logger log = LoggerFactory.getLogger(DeletionOrders.class);

  /** Pods that are spoken for in one decision, or taken back in one turn. */
  static final int MAX_PODS = 50;

  private final Optional<DeletionCosts> costs;
  private final Executor threads;
  private final PolicyMetrics counts;
  private final Set<PolicyName> pardoning = ConcurrentHashMap.newKeySet();
  private final AtomicReference<String> lastFailure = new AtomicReference<>("");

  /**
   * @param costs empty when nobody wants it
   * @param threads for calls, which block
   */
  DeletionOrders(Optional<DeletionCosts> costs, Executor threads, PolicyMetrics counts) {
    this.costs = costs;
    this.threads = threads;
    this.counts = counts;
  }

  boolean areWanted() {
    return costs.isPresent();
  }

  /** Before the lower number is written, and served. Blocks. */
  void choose(String namespace, List<String> pods) {
    costs.ifPresent(it ->
        pods.stream().limit(MAX_PODS).forEach(pod -> took("lower", it.lower(namespace, pod))));
  }

  /** Takes back, soon, what was said of pods; one turn of a policy at a time. */
  void pardon(PolicyName policy, List<String> pods) {
    if (costs.isEmpty() || pods.isEmpty() || !pardoning.add(policy)) {
      return;
    }
    threads.execute(() -> {
      try {
        pods.stream()
            .limit(MAX_PODS)
            .forEach(pod -> took("clear", costs.get().clear(policy.namespace(), pod)));
      } finally {
        pardoning.remove(policy);
      }
    });
  }

  private void took(String what, Optional<String> failure) {
    counts.deletionCost(what, failure.isEmpty());
    if (!failure.orElse("").equals(lastFailure.getAndSet(failure.orElse("")))
        && failure.isPresent()) {
      log.atWarn()
          .addKeyValue("reason", failure.get())
          .log("the deletion cost of a pod could not be set: any pod may go");
    }
  }
}
