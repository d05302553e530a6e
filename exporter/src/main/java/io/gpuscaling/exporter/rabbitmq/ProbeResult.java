package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.UnknownReason;
import java.util.Map;

/** What one look at the queues of a vhost gave. */
public sealed interface ProbeResult {

  /**
   * The broker answered.
   *
   * @param answers one for each queue that was asked for; none for one whose turn did not come in
   *     time
   */
  record Answered(Map<String, QueueAnswer> answers) implements ProbeResult {

    /** Copies the map. */
    public Answered {
      answers = Map.copyOf(answers);
    }
  }

  /**
   * There is no connection, or it was lost meanwhile: nothing is known of any queue.
   *
   * @param reason {@link UnknownReason#REFUSED} for credentials and vhosts, else {@link
   *     UnknownReason#UNREACHABLE}
   * @param detail for people; no secret
   */
  record Unavailable(UnknownReason reason, String detail) implements ProbeResult {}
}
