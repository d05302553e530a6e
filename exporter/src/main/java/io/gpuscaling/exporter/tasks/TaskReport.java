package io.gpuscaling.exporter.tasks;

import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceState;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one source says of the node's pods. Immutable.
 *
 * @param state how the source stands
 * @param pods tasks of each pod that it tells of, with their exactness; a pod that is absent is
 *     unknown, not idle
 */
public record TaskReport(SourceState state, SortedMap<TaskPod, SampleValue.Known> pods) {

  /** Nothing yet. */
  static final TaskReport STARTING = new TaskReport(new SourceState.Starting(), new TreeMap<>());

  /** Copies the map. */
  public TaskReport {
    pods = Collections.unmodifiableSortedMap(new TreeMap<>(pods));
  }
}
