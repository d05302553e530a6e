package io.gpuscaling.benchmarks.fleet;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How large a fleet is.
 *
 * @param exporters nodes, one exporter each
 * @param gpus of each node; each GPU has one worker pod with a task session
 */
public record FleetShape(int exporters, int gpus) {

  /** Refuses an empty fleet. */
  public FleetShape {
    if (exporters < 1 || gpus < 1) {
      throw new IllegalArgumentException(
          "a fleet of " + exporters + " exporters, " + gpus + " GPUs");
    }
  }

  /** The names of all nodes. */
  public List<String> nodes() {
    return IntStream.range(0, exporters).mapToObj(FleetShape::nodeName).toList();
  }

  /** GPUs of all nodes. */
  public int totalGpus() {
    return exporters * gpus;
  }

  static String nodeName(int index) {
    return "sim-%05d".formatted(index);
  }
}
