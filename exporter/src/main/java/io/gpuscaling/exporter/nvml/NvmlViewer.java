package io.gpuscaling.exporter.nvml;

import io.gpuscaling.core.metric.SourceState;

/** Somebody who looks at what NVML shows, beside the samples. */
@FunctionalInterface
public interface NvmlViewer {

  /**
   * Called after each read, on the source's thread: must return soon.
   *
   * @param state how the source stands; what it shows is of this instant
   */
  void show(NvmlView view, SourceState state);
}
