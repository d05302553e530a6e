package io.gpuscaling.exporter.rabbitmq;

/** What a broker says about one queue. */
public sealed interface QueueAnswer {

  /**
   * The queue exists. Both may be 0 because the queue has no leader just now: see {@link
   * QueueWatch}.
   *
   * @param messagesReady messages that wait for a consumer
   * @param consumers consumers of the queue
   */
  record Depth(long messagesReady, long consumers) implements QueueAnswer {}

  /** No number. */
  record None(QueueProblem problem) implements QueueAnswer {}
}
