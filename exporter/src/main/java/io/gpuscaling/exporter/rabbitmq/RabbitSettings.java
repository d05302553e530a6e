package io.gpuscaling.exporter.rabbitmq;

import java.time.Duration;
import java.util.List;

/**
 * Which queues of a broker are polled, and how.
 *
 * @param broker how it is reached
 * @param selection which queues; patterns need the broker's management API
 * @param pollInterval from start to start of a poll
 * @param zeroConfirmation how long a queue must say (0 ready, 0 consumers) before it is believed
 * @param stuckAfter how long messages must wait without one delivery for consumers to be stuck
 * @param areWorkersRead whether the management API, where there is one, is asked which worker has
 *     what
 */
public record RabbitSettings(
    BrokerSettings broker,
    QueueSelection selection,
    Duration pollInterval,
    Duration zeroConfirmation,
    Duration stuckAfter,
    boolean areWorkersRead) {

  /** 1 s. */
  public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(1);

  /** 10 s: longer than a quorum queue was measured to need for a new leader. */
  public static final Duration DEFAULT_ZERO_CONFIRMATION = Duration.ofSeconds(10);

  /** 5 min. */
  public static final Duration DEFAULT_STUCK_AFTER = Duration.ofMinutes(5);

  /**
   * Checks that patterns can be resolved.
   *
   * @throws IllegalArgumentException for patterns without a management API
   */
  public RabbitSettings {
    if (!selection.patterns().isEmpty() && broker.managementUrl() == null) {
      throw new IllegalArgumentException(
          "a pattern of queues needs managementUrl: only the management API lists queues");
    }
  }

  /** Without workers. */
  public RabbitSettings(
      BrokerSettings broker,
      QueueSelection selection,
      Duration pollInterval,
      Duration zeroConfirmation,
      Duration stuckAfter) {
    this(broker, selection, pollInterval, zeroConfirmation, stuckAfter, false);
  }

  /** Of queues by name, without workers. */
  public RabbitSettings(
      BrokerSettings broker,
      List<QueueId> queues,
      Duration pollInterval,
      Duration zeroConfirmation,
      Duration stuckAfter) {
    this(broker, QueueSelection.of(queues), pollInterval, zeroConfirmation, stuckAfter);
  }
}
