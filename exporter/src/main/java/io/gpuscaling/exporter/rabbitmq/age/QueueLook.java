package io.gpuscaling.exporter.rabbitmq.age;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a queue at one look.
 *
 * @param atNanos when ready was asked for; never before an earlier look
 * @param ready messages that wait for a consumer
 * @param arrivals the counter of arrivals, or null when there is none
 * @param outstanding messages that are with consumers and may come back to the queue, at most; 0
 *     when nobody says
 * @param redelivered messages that consumers have got again since some fixed instant; 0 when nobody
 *     says
 * @param order in which messages leave the queue
 */
public record QueueLook(
    long atNanos,
    long ready,
    @Nullable Arrivals arrivals,
    long outstanding,
    long redelivered,
    QueueOrder order) {

  /**
   * A counter of what has entered a queue.
   *
   * @param count since some fixed instant; never less than at an earlier look
   * @param delivered messages that left it for a consumer for the first time, since some fixed
   *     instant; 0 for ever when nobody says
   * @param atNanos it holds every counted arrival up to then; not after the look
   * @param meanwhile how many more it had counted when it was read a second time, after ready was:
   *     so many of the ready ones may not be in the count; 0 when it was not read again
   */
  public record Arrivals(long count, long delivered, long atNanos, long meanwhile) {

    /** Of a counter that was read once. */
    public Arrivals(long count, long delivered, long atNanos) {
      this(count, delivered, atNanos, 0);
    }
  }

  /** Only ready is known, as after a passive declare. */
  public static QueueLook ofReady(long atNanos, long ready) {
    return new QueueLook(atNanos, ready, null, 0, 0, QueueOrder.FIRST_IN);
  }
}
