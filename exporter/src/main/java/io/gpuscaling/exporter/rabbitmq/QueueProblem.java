package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.util.Locale;

/** Why a broker that is connected did not say how deep a queue is. */
public enum QueueProblem {
  /** 404: there is no such queue. Each try writes an error into the broker's log. */
  MISSING(UnknownReason.MISSING, Duration.ofSeconds(10)),
  /** 404 too, but the queue exists: its node is down. */
  NODE_DOWN(UnknownReason.UNREACHABLE, Duration.ofSeconds(4)),
  /** 403. */
  REFUSED(UnknownReason.REFUSED, Duration.ofSeconds(10)),
  /** 405: the queue is exclusive to another connection. */
  LOCKED(UnknownReason.REFUSED, Duration.ofSeconds(10)),
  /** No answer in time. */
  TIMEOUT(UnknownReason.UNREACHABLE, Duration.ofSeconds(4)),
  /** The answer is about another queue. */
  MISMATCH(UnknownReason.INVALID, Duration.ofSeconds(4)),
  /** Any other refusal. */
  OTHER(UnknownReason.UNREACHABLE, Duration.ofSeconds(4));

  private final UnknownReason reason;
  private final Duration longestBackOff;
  private final String label = name().toLowerCase(Locale.ROOT);

  QueueProblem(UnknownReason reason, Duration longestBackOff) {
    this.reason = reason;
    this.longestBackOff = longestBackOff;
  }

  /** What it means for the values. */
  public UnknownReason reason() {
    return reason;
  }

  /** How long the queue is left alone at most before it is asked for again. */
  public Duration longestBackOff() {
    return longestBackOff;
  }

  /** The word for a metric's label: {@code node_down}. */
  public String label() {
    return label;
  }
}
