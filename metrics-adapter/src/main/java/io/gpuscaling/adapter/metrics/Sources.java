package io.gpuscaling.adapter.metrics;

/** Names of the exporters' sources. */
final class Sources {

  /** GPUs, from dcgm-exporter. */
  static final String DCGM = "dcgm";

  /** Tasks, from the leases of workers. */
  static final String LEASE = "lease";

  /** Queues, from a broker whose configured name follows. */
  static final String RABBITMQ_PREFIX = "rabbitmq/";

  private Sources() {}
}
