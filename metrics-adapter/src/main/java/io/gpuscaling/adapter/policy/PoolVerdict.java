package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.pool.PoolAccount;
import io.gpuscaling.adapter.pool.PoolUse;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.policy.spec.PolicyName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What people are told of a pool. No decision reads it: a pool that contradicts itself is divided
 * all the same.
 *
 * @param isReady whether it can be what it says
 * @param reason in one word
 * @param message what is wrong and what to change
 * @param use of its GPUs; of a pool that is not understood nothing
 */
public record PoolVerdict(boolean isReady, String reason, String message, Optional<PoolUse> use) {

  /** So many problems, or policies, are named in a message. */
  private static final int MAX_NAMED = 8;

  /** Of one that is not understood. */
  static PoolVerdict invalid(List<Problem> problems) {
    return new PoolVerdict(
        false,
        "Invalid",
        listed(problems.stream().map(Problem::toString).toList(), "; "),
        Optional.empty());
  }

  /** Of one that is understood, as things stand now. */
  static PoolVerdict of(GpuPool pool, PoolAccount account) {
    if (account.nodes() == 0) {
      return no(
          "NoNodes",
          pool.nodeLabels().isEmpty()
              ? "the cluster has no nodes"
              : "no node has the labels %s of spec.nodeSelector: label the nodes, or correct it"
                  .formatted(labels(pool)),
          account);
    }
    if (account.nodesWithGpus() == 0) {
      return no(
          "NoGpus",
          "none of its %d nodes has %s: install the device plugin there, or correct spec.resources or"
                  .formatted(account.nodes(), String.join(" or ", pool.resources()))
              + " spec.nodeSelector",
          account);
    }
    long minimums = account.minimums().values().stream().mapToLong(Long::longValue).sum();
    if (pool.gpuLimit().isPresent() && pool.gpuLimit().getAsInt() < minimums) {
      return no(
          "LimitBelowMinimums",
          "spec.gpuLimit is %d, and its policies keep at least %d GPUs (%s): raise it, or lower their"
                  .formatted(pool.gpuLimit().getAsInt(), minimums, named(account.minimums()))
              + " minReplicas",
          account);
    }
    if (account.offeredGpus() < minimums) {
      return no(
          "NodesBelowMinimums",
          "nodes that take pods have %d fit GPUs, and its policies keep at least %d (%s): add nodes,"
                  .formatted(account.offeredGpus(), minimums, named(account.minimums()))
              + " or lower their minReplicas",
          account);
    }
    return new PoolVerdict(true, "Counted", "nodes and pods are known", Optional.of(account.use()));
  }

  private static PoolVerdict no(String reason, String message, PoolAccount account) {
    return new PoolVerdict(false, reason, message, Optional.of(account.use()));
  }

  private static String labels(GpuPool pool) {
    return pool.nodeLabels().entrySet().stream()
        .map(it -> it.getKey() + "=" + it.getValue())
        .sorted()
        .collect(Collectors.joining(","));
  }

  private static String named(Map<PolicyName, Long> minimums) {
    return listed(
        minimums.entrySet().stream()
            .filter(it -> it.getValue() > 0)
            .map(it -> it.getKey() + ": " + it.getValue())
            .toList(),
        ", ");
  }

  private static String listed(List<String> all, String between) {
    String named = all.stream().limit(MAX_NAMED).collect(Collectors.joining(between));
    return all.size() > MAX_NAMED
        ? named + between + "and " + (all.size() - MAX_NAMED) + " more"
        : named;
  }
}
