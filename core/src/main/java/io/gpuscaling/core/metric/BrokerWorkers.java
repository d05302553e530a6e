package io.gpuscaling.core.metric;

/**
 * What a reader of a broker tells adapters of the broker's workers: between the programs only,
 * since whose pod a connection is of is known where the cluster is.
 */
public final class BrokerWorkers {

  /**
   * Messages of the watched queues that a worker has and has not acknowledged. An upper bound of
   * its running tasks where it may have more than one at once, a lower bound where it need not
   * acknowledge, an estimate where both.
   */
  public static final String UNACKED = "rabbitmq_worker_messages_unacked";

  /** The broker's configured name. */
  public static final String BROKER = "broker";

  /** The namespace of the pod that the connection says it is of; absent when it says nothing. */
  public static final String NAMESPACE = "namespace";

  /** The name of that pod. */
  public static final String POD = "pod";

  /**
   * The node that a connection says it is on, where it names no pod. Not {@code node}: that label
   * is only ever the exporter's own.
   */
  public static final String NODE = "worker_node";

  /** Where the connection comes from, as the broker sees it; absent when it does not say. */
  public static final String ADDRESS = "address";

  /** When the oldest of the worker's connections was made, by the broker's clock: Unix seconds. */
  public static final String SINCE = "since";

  private BrokerWorkers() {}
}
