package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.metric.SourceState;
import java.util.List;

/** Gets what each round showed, on the source's thread; must return soon. */
@FunctionalInterface
public interface AppViewer {

  /**
   * Replaces what was shown before.
   *
   * @param state as old as the oldest of the numbers
   * @param tasks of each pod that said so; of all others nobody knows
   */
  void show(SourceState state, List<AppTasks> tasks);
}
