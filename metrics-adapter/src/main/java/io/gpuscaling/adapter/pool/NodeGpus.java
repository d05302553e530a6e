package io.gpuscaling.adapter.pool;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import java.util.Collection;

/** Counts what a node has that is fit for pods. Pure. */
final class NodeGpus {

  private NodeGpus() {}

  /**
   * What the device plugin believes to be fit, and no more than what DCGM does. The two may mean
   * the same broken GPU, so the least counts, not the difference. Where a GPU is offered in several
   * slices, as many go with it.
   *
   * @param resources extended resources that count, one GPU each
   */
  static long fit(Node node, Collection<String> resources, Fitness fitness) {
    long allocatable = ClusterSnapshot.sum(node.offers().allocatable(), resources);
    long capacity = ClusterSnapshot.sum(node.offers().capacity(), resources);
    if (allocatable == 0) {
      return 0;
    }
    return fitness
        .of(node.name())
        .filter(it -> it.unfit() > 0)
        .map(it -> Math.min(allocatable, capacity * (it.reported() - it.unfit()) / it.reported()))
        .orElse(allocatable);
  }
}
