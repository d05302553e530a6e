package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.Labels;

/**
 * What tasks are counted by: each pair is a series.
 *
 * @param queue where they came from, or the empty text
 * @param taskClass what kind of work, or the empty text
 */
record TaskGroup(String queue, String taskClass) implements Comparable<TaskGroup> {

  /** Of tasks that are not told apart. */
  static final TaskGroup OTHER = new TaskGroup("", "");

  Labels labels(Labels base) {
    Labels labels = queue.isEmpty() ? base : base.with("queue", queue);
    return taskClass.isEmpty() ? labels : labels.with("class", taskClass);
  }

  @Override
  public int compareTo(TaskGroup that) {
    int byQueue = queue.compareTo(that.queue);
    return byQueue != 0 ? byQueue : taskClass.compareTo(that.taskClass);
  }
}
