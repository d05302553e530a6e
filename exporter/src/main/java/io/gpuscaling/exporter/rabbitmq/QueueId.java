package io.gpuscaling.exporter.rabbitmq;

/**
 * A queue of a broker.
 *
 * @param vhost as the broker calls it: {@code /}
 * @param queue not empty
 */
public record QueueId(String vhost, String queue) {

  /** The label of the vhost {@code /}, which an HPA could not select. */
  public static final String DEFAULT_VHOST_LABEL = "default";

  /** Of the name of a queue or vhost, in characters. */
  public static final int MAX_LENGTH = 255;

  /** Refuses what AMQP cannot carry. */
  public QueueId {
    if (!isValid(queue) || vhost.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a queue name has 1 to 255 characters, a vhost at most 255: '" + queue + "'");
    }
  }

  /** Whether a queue can have this name. */
  public static boolean isValid(String queue) {
    return !queue.isEmpty() && queue.length() <= MAX_LENGTH;
  }

  /** The vhost as a label's value. */
  public String vhostLabel() {
    return vhost.equals("/") ? DEFAULT_VHOST_LABEL : vhost;
  }
}
