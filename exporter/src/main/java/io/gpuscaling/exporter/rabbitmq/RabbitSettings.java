package io.gpuscaling.exporter.rabbitmq;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * Which queues of a broker are polled, and how.
 *
 * @param broker how it is reached
 * @param queues each once; at most {@link #MAX_QUEUES}
 * @param pollInterval from start to start of a poll
 * @param zeroConfirmation how long a queue must say (0 ready, 0 consumers) before it is believed
 * @param stuckAfter how long messages must wait without one delivery for consumers to be stuck
 */
public record RabbitSettings(
    BrokerSettings broker,
    List<QueueId> queues,
    Duration pollInterval,
    Duration zeroConfirmation,
    Duration stuckAfter) {

  /** 1 s. */
  public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(1);

  /** 10 s: longer than a quorum queue was measured to need for a new leader. */
  public static final Duration DEFAULT_ZERO_CONFIRMATION = Duration.ofSeconds(10);

  /** 5 min. */
  public static final Duration DEFAULT_STUCK_AFTER = Duration.ofMinutes(5);

  /** Ten series of each fit into one stream. */
  public static final int MAX_QUEUES = 1_900;

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException for no queue, too many, one twice, or a vhost {@code default},
   *     which could not be told from {@code /}
   */
  public RabbitSettings {
    queues = List.copyOf(queues);
    if (queues.isEmpty() || queues.size() > MAX_QUEUES) {
      throw new IllegalArgumentException(
          "1 to " + MAX_QUEUES + " queues of a broker can be polled, not " + queues.size());
    }
    var seen = new HashSet<QueueId>();
    for (QueueId queue : queues) {
      if (!seen.add(queue)) {
        throw new IllegalArgumentException("queue '" + queue.queue() + "' is listed twice");
      }
      if (queue.vhost().equals(QueueId.DEFAULT_VHOST_LABEL)) {
        throw new IllegalArgumentException(
            "a vhost named 'default' cannot be told from '/', which is served under that name");
      }
    }
  }
}
