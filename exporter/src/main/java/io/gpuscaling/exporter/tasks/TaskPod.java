package io.gpuscaling.exporter.tasks;

import java.util.Comparator;

/** A pod of this node, as all sources call it. */
public record TaskPod(String namespace, String name) implements Comparable<TaskPod> {

  private static final Comparator<TaskPod> ORDER =
      Comparator.comparing(TaskPod::namespace).thenComparing(TaskPod::name);

  @Override
  public int compareTo(TaskPod that) {
    return ORDER.compare(this, that);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
