package io.gpuscaling.exporter.rabbitmq.stats;

/** Kinds of queues. */
public enum QueueKind {
  /** Classic, mirrored or not. */
  CLASSIC,
  /** Replicated by Raft. */
  QUORUM,
  /** A log that keeps its messages: its depth says nothing about work. */
  STREAM,
  /** One that this version does not know, or not told. */
  UNKNOWN;

  static QueueKind of(String type) {
    return switch (type) {
      case "classic" -> CLASSIC;
      case "quorum" -> QUORUM;
      case "stream" -> STREAM;
      default -> UNKNOWN;
    };
  }
}
