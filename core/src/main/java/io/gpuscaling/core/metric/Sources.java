package io.gpuscaling.core.metric;

/** Names of the exporters' sources, the same on both sides of the wire. */
public final class Sources {

  /** GPUs, from dcgm-exporter. */
  public static final String DCGM = "dcgm";

  /** GPUs, from NVIDIA's management library, where no dcgm-exporter is read. */
  public static final String NVML = "nvml";

  /** Tasks, from the leases of workers. */
  public static final String LEASE = "lease";

  /** Queues; the broker's configured name follows. */
  public static final String RABBITMQ_PREFIX = "rabbitmq/";

  private Sources() {}
}
