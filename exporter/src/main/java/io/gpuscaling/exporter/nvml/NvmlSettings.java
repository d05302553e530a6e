package io.gpuscaling.exporter.nvml;

import io.gpuscaling.exporter.dcgm.ReplicaSize;
import java.time.Duration;
import java.util.List;

/**
 * How the management library is read.
 *
 * @param library file name or path of the shared library
 * @param interval between two reads
 * @param timeout for one read of all GPUs
 * @param gpuSource whether its numbers are the node's GPU samples: where there is no dcgm-exporter
 * @param replicaSizes for the number of replicas that fit, where it is
 */
public record NvmlSettings(
    String library,
    Duration interval,
    Duration timeout,
    boolean gpuSource,
    List<ReplicaSize> replicaSizes) {

  /** As the driver's packages and the container runtime call it. */
  public static final String DEFAULT_LIBRARY = "libnvidia-ml.so.1";

  /** Between two reads. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);

  /** For one read: milliseconds in good health. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  /** Copies the list. */
  public NvmlSettings {
    replicaSizes = List.copyOf(replicaSizes);
  }
}
