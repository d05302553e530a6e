package io.gpuscaling.exporter.rabbitmq.stats;

import java.util.Comparator;

/**
 * Whose connection it is.
 *
 * @param namespace of the pod that it says it is of; empty when it names none
 * @param pod that pod; empty as well
 * @param node the node that it says it is on, where it names no pod; else empty
 * @param address where it comes from; empty when the broker does not say
 */
public record WorkerId(String namespace, String pod, String node, String address)
    implements Comparable<WorkerId> {

  private static final Comparator<WorkerId> ORDER =
      Comparator.comparing(WorkerId::namespace)
          .thenComparing(WorkerId::pod)
          .thenComparing(WorkerId::node)
          .thenComparing(WorkerId::address);

  @Override
  public int compareTo(WorkerId that) {
    return ORDER.compare(this, that);
  }

  /** For people. */
  @Override
  public String toString() {
    if (!pod.isEmpty()) {
      return namespace + "/" + pod;
    }
    return node.isEmpty() ? address : address + "@" + node;
  }
}
