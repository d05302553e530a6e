package io.gpuscaling.exporter.rabbitmq.stats;

import java.util.Comparator;

/**
 * Whose connection it is.
 *
 * @param namespace of the pod that it says it is of; empty when it says nothing
 * @param pod that pod; empty as well
 * @param address where it comes from; empty when the broker does not say
 */
public record WorkerId(String namespace, String pod, String address)
    implements Comparable<WorkerId> {

  private static final Comparator<WorkerId> ORDER =
      Comparator.comparing(WorkerId::namespace)
          .thenComparing(WorkerId::pod)
          .thenComparing(WorkerId::address);

  @Override
  public int compareTo(WorkerId that) {
    return ORDER.compare(this, that);
  }

  /** For people. */
  @Override
  public String toString() {
    return pod.isEmpty() ? address : namespace + "/" + pod;
  }
}
