package io.gpuscaling.core.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The metrics that this system is for. Their names are the same on {@code /metrics} (unprefixed)
 * and on the metrics APIs; {@code docs/metrics.md} is compared with this table by a test. All are
 * gauges in base units.
 */
public enum ServedMetric {
  /**
   * Derived by the adapter from {@link #GPU_TASKS_ACTIVE}; one item for each node after selection.
   */
  ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE(
      "active_gpu_processing_tasks_per_worker_node",
      "GPU tasks that run now on the node, by the leases of its workers. A killed worker is counted for at most one time to live.",
      true,
      List.of("node", "namespace", "workload", "queue")),
  /** Running tasks of a pod, by queue and class. */
  GPU_TASKS_ACTIVE(
      "gpu_tasks_active",
      "GPU tasks that run now in the pod, by the leases of its worker. 0 only while the worker has a live session.",
      true,
      List.of("node", "namespace", "workload", "pod", "queue", "class")),
  /** 1 while a worker runs at least one task, else 0. */
  GPU_WORKERS_BUSY(
      "gpu_workers_busy",
      "1 while the pod's worker runs at least one GPU task, else 0. With AverageValue 1 it is a floor under scale-down.",
      true,
      List.of("node", "namespace", "workload", "pod")),
  /** Derived by the adapter from the counts of {@link TimeBuckets}: quantiles. */
  GPU_TASK_DURATION_SECONDS(
      "gpu_task_duration_seconds",
      "Time that GPU tasks of a class ran that ended well in the last 5 min: the quantile 0.5, 0.9 or 0.99, within 10 %.",
      false,
      List.of("node", "namespace", "workload", "pod", "queue", "class", "quantile")),
  /** Derived as the one before. */
  GPU_TASK_WAIT_SECONDS(
      "gpu_task_wait_seconds",
      "Time that GPU tasks of a class had waited that began in the last 5 min: the quantile 0.5, 0.9 or 0.99, within 10 %.",
      false,
      List.of("node", "namespace", "workload", "pod", "queue", "class", "quantile")),
  /** Used frame buffer. */
  GPU_VRAM_USED_BYTES(
      "gpu_vram_used_bytes", "Used memory of the GPU or GPU instance.", true, Memory.LABELS),
  /** Free frame buffer. */
  GPU_VRAM_FREE_BYTES(
      "gpu_vram_free_bytes", "Free memory of the GPU or GPU instance.", true, Memory.LABELS),
  /** Whole frame buffer. */
  GPU_VRAM_TOTAL_BYTES(
      "gpu_vram_total_bytes",
      "Memory of the GPU or GPU instance; a lower bound where the source does not report what is reserved.",
      true,
      Memory.LABELS),
  /** Used of total. */
  GPU_VRAM_USED_RATIO(
      "gpu_vram_used_ratio",
      "Used share of the memory of the GPU or GPU instance, 0 to 1.",
      false,
      List.of("node", "gpu", "uuid", "model", "gpu_instance", "mig_profile", "attribution")),
  /** Busy share of time. */
  GPU_UTILIZATION_RATIO(
      "gpu_utilization_ratio",
      "Share of time in which the GPU was busy, 0 to 1; of a GPU instance relative to that instance.",
      false,
      List.of(
          "node", "gpu", "uuid", "model", "gpu_instance", "mig_profile", "attribution", "source")),
  /** Die temperature. */
  GPU_TEMPERATURE_CELSIUS(
      "gpu_temperature_celsius",
      "Temperature of the GPU.",
      false,
      List.of("node", "gpu", "uuid", "model")),
  /** Board power. */
  GPU_POWER_WATTS(
      "gpu_power_watts",
      "Power that the GPU draws; never repeated for its instances.",
      true,
      List.of("node", "gpu", "uuid", "model")),
  /** 1 for each GPU. */
  GPU_COUNT(
      "gpu_count",
      "1 for each physical GPU that the node reports.",
      true,
      List.of("node", "gpu", "uuid", "model")),
  /** 1 while nothing speaks against it. */
  GPU_HEALTHY(
      "gpu_healthy",
      "1 while nothing that is collected speaks against the GPU, 0 when something does or it is lost; the reason is a label.",
      false,
      List.of("node", "gpu", "uuid", "model", "reason")),
  /** Room for more work. */
  GPU_VRAM_FIT_REPLICAS(
      "gpu_vram_fit_replicas",
      "How many more replicas of a configured size of GPU memory the node's GPUs can take, of those that are fit for work.",
      true,
      List.of("node", "size")),
  /** Ready messages. */
  RABBITMQ_QUEUE_MESSAGES_READY(
      "rabbitmq_queue_messages_ready",
      "Messages in the queue that wait for a consumer.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Consumers. */
  RABBITMQ_QUEUE_CONSUMERS(
      "rabbitmq_queue_consumers",
      "Consumers of the queue.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Messages with consumers. */
  RABBITMQ_QUEUE_MESSAGES_UNACKED(
      "rabbitmq_queue_messages_unacked",
      "Messages that consumers have and have not acknowledged: running tasks, and what is prefetched.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Ready and unacknowledged. */
  RABBITMQ_QUEUE_MESSAGES(
      "rabbitmq_queue_messages",
      "Messages in the queue, waiting or with consumers, counted at the same instant.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Age of the head. */
  RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS(
      "rabbitmq_queue_oldest_message_age_seconds",
      "Time that the oldest message that waits for a consumer has waited; 0 for an empty queue.",
      false,
      List.of("broker", "vhost", "queue")),
  /** Arrivals. */
  RABBITMQ_QUEUE_PUBLISHED_PER_SECOND(
      "rabbitmq_queue_published_per_second",
      "Messages published to the queue each second, over the last 30 s; a lower bound while publishers are blocked.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Deliveries. */
  RABBITMQ_QUEUE_DELIVERED_PER_SECOND(
      "rabbitmq_queue_delivered_per_second",
      "Messages that consumers got each second, over the last 30 s.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Acknowledgements. */
  RABBITMQ_QUEUE_ACKNOWLEDGED_PER_SECOND(
      "rabbitmq_queue_acknowledged_per_second",
      "Messages that consumers acknowledged each second, or got without having to, over the last 30 s.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Ready by deliveries. */
  RABBITMQ_QUEUE_DRAIN_SECONDS(
      "rabbitmq_queue_drain_seconds",
      "Messages that wait divided by deliveries each second, without redeliveries; unknown while nothing is delivered.",
      false,
      List.of("broker", "vhost", "queue")),
  /** Nobody takes what waits. */
  RABBITMQ_QUEUE_STUCK(
      "rabbitmq_queue_stuck",
      "1 when messages have waited and none was delivered for the configured time, else 0.",
      true,
      List.of("broker", "vhost", "queue")),
  /** Alarms. */
  RABBITMQ_BROKER_ALARMS(
      "rabbitmq_broker_alarms",
      "Memory and disk alarms in effect on the broker's nodes; publishers are blocked while there is one.",
      true,
      List.of("broker")),
  /** Blocked publishers. */
  RABBITMQ_BROKER_BLOCKED_CONNECTIONS(
      "rabbitmq_broker_blocked_connections",
      "Connections that the broker does not read from because of an alarm.",
      true,
      List.of("broker")),
  /** Network partitions. */
  RABBITMQ_BROKER_PARTITIONS(
      "rabbitmq_broker_partitions",
      "Nodes that a node of the broker believes to be cut off, summed over its nodes.",
      true,
      List.of("broker")),
  /** Nodes that do not run. */
  RABBITMQ_BROKER_NODES_DOWN(
      "rabbitmq_broker_nodes_down",
      "Nodes of the broker's cluster that do not run.",
      true,
      List.of("broker")),
  /** What a scaling policy has decided. */
  SCALING_POLICY_DESIRED_REPLICAS(
      "scaling_policy_desired_replicas",
      "Replicas that a scaling policy wants its target to have; with AverageValue 1 an HPA sets exactly these.",
      false,
      List.of("namespace", "policy"));

  private final String metricName;
  private final String help;
  private final boolean additive;

  @SuppressWarnings("ImmutableEnumChecker") // only ever List.of
  private final List<String> labels;

  ServedMetric(String metricName, String help, boolean additive, List<String> labels) {
    this.metricName = metricName;
    this.help = help;
    this.additive = additive;
    this.labels = labels;
  }

  /** The name everywhere. */
  public String metricName() {
    return metricName;
  }

  /** What it means, one line, without units that the name says. */
  public String help() {
    return help;
  }

  /**
   * Whether several items may be summed. A request for one that is not must match a single item.
   */
  public boolean isAdditive() {
    return additive;
  }

  /** The labels that its series have, at most. */
  public List<String> labels() {
    return labels;
  }

  /** The metric of that name. */
  public static Optional<ServedMetric> byName(String name) {
    return Arrays.stream(values()).filter(m -> m.metricName.equals(name)).findFirst();
  }

  /** Where a GPU's memory belongs; here since constants of an enum come before its fields. */
  private static final class Memory {
    static final List<String> LABELS =
        List.of(
            "node",
            "gpu",
            "uuid",
            "model",
            "gpu_instance",
            "mig_profile",
            "attribution",
            "namespace",
            "pod");
  }
}
