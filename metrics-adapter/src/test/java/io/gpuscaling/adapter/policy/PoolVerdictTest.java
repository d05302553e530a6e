package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.pool.PoolAccount;
import io.gpuscaling.adapter.pool.PoolUse;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.policy.spec.PolicyName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PoolVerdictTest {

  private static final PoolUse USE = new PoolUse(8, 3);

  private static GpuPool pool(OptionalInt limit, Map<String, String> labels) {
    return new GpuPool(
        new ObjectMeta("", "gpus", "uid", 3, "7", Optional.empty(), Map.of()),
        limit,
        labels,
        List.of("nvidia.com/gpu"),
        List.of());
  }

  private static SortedMap<PolicyName, Long> minimums(int policies, long each) {
    SortedMap<PolicyName, Long> minimums = new TreeMap<>();
    IntStream.range(0, policies).forEach(i -> minimums.put(new PolicyName("ai", "p" + i), each));
    return minimums;
  }

  private static String said(PoolVerdict verdict) {
    return verdict.isReady() + " " + verdict.reason() + ": " + verdict.message();
  }

  @Test
  void whatContradictsItself_isNotReady_withWhatToChange() {
    GpuPool labelled = pool(OptionalInt.of(5), Map.of("pool", "a", "gpu", "h200"));
    assertThat(said(PoolVerdict.of(labelled, new PoolAccount(USE, 0, 0, 0, minimums(0, 0)))))
        .isEqualTo(
            "false NoNodes: no node has the labels gpu=h200,pool=a of spec.nodeSelector: label the"
                + " nodes, or correct it");
    assertThat(
            said(
                PoolVerdict.of(
                    pool(OptionalInt.empty(), Map.of()),
                    new PoolAccount(USE, 0, 0, 0, minimums(0, 0)))))
        .isEqualTo("false NoNodes: the cluster has no nodes");
    assertThat(said(PoolVerdict.of(labelled, new PoolAccount(USE, 3, 0, 0, minimums(0, 0)))))
        .startsWith("false NoGpus: none of its 3 nodes has nvidia.com/gpu");
    assertThat(said(PoolVerdict.of(labelled, new PoolAccount(USE, 3, 3, 8, minimums(2, 3)))))
        .isEqualTo(
            "false LimitBelowMinimums: spec.gpuLimit is 5, and its policies keep at least 6 GPUs"
                + " (ai/p0: 3, ai/p1: 3): raise it, or lower their minReplicas");
    assertThat(
            said(
                PoolVerdict.of(
                    pool(OptionalInt.empty(), Map.of()),
                    new PoolAccount(USE, 3, 3, 8, minimums(10, 1)))))
        .startsWith("false NodesBelowMinimums: nodes that take pods have 8 fit GPUs")
        .contains("ai/p7: 1, and 2 more");
  }

  @Test
  void whatIsInOrder_isReady() {
    PoolVerdict verdict =
        PoolVerdict.of(
            pool(OptionalInt.of(6), Map.of()), new PoolAccount(USE, 3, 3, 8, minimums(2, 3)));

    assertThat(said(verdict)).isEqualTo("true Counted: nodes and pods are known");
    assertThat(verdict.use()).contains(USE);
  }

  @Test
  void whatIsNotUnderstood_namesEachProblem() {
    PoolVerdict verdict =
        PoolVerdict.invalid(List.of(Problem.of("spec.a", "is wrong"), Problem.of("spec.b", "too")));

    assertThat(said(verdict)).isEqualTo("false Invalid: spec.a: is wrong; spec.b: too");
    assertThat(verdict.use()).isEmpty();
  }
}
