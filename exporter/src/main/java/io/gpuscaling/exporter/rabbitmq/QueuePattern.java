package io.gpuscaling.exporter.rabbitmq;

/**
 * Queues of a vhost by the form of their names.
 *
 * @param vhost as the broker calls it
 * @param pattern a name in which {@code *} stands for any text; names that begin with {@code amq.},
 *     which the broker gives to clients' own queues, only match a pattern that begins so too
 */
public record QueuePattern(String vhost, String pattern) {

  private static final String BROKERS_OWN = "amq.";

  /** Refuses what no queue can be called. */
  public QueuePattern {
    if (!QueueId.isValid(pattern) || vhost.length() > QueueId.MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a pattern of queues has 1 to 255 characters, a vhost at most 255: '" + pattern + "'");
    }
  }

  /** Whether the queue is meant. */
  boolean matches(QueueId queue) {
    return queue.vhost().equals(vhost)
        && (pattern.startsWith(BROKERS_OWN) || !queue.queue().startsWith(BROKERS_OWN))
        && matches(queue.queue());
  }

  /** Goes back to the last star alone, so that no pattern takes longer than both lengths allow. */
  private boolean matches(String name) {
    int at = 0;
    int star = -1;
    int resume = 0;
    int i = 0;
    while (i < name.length()) {
      if (at < pattern.length() && pattern.charAt(at) == '*') {
        star = at++;
        resume = i;
      } else if (at < pattern.length() && pattern.charAt(at) == name.charAt(i)) {
        at++;
        i++;
      } else if (star >= 0) {
        at = star + 1;
        i = ++resume;
      } else {
        return false;
      }
    }
    while (at < pattern.length() && pattern.charAt(at) == '*') {
      at++;
    }
    return at == pattern.length();
  }
}
