package io.gpuscaling.exporter.rabbitmq;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which queues of a broker are polled.
 *
 * @param queues by name, each once: unknown when they do not exist
 * @param patterns by the form of the name, as the management API lists them: absent when they do
 *     not exist
 * @param maxQueues most queues of both kinds
 */
public record QueueSelection(List<QueueId> queues, List<QueuePattern> patterns, int maxQueues) {

  /** Of all brokers together: ten series of each fit into one stream of 20,000. */
  public static final int MAX_QUEUES = 1_900;

  /** Of all brokers together: each may have one series of its own for each metric. */
  public static final int MAX_PATTERNS = 60;

  /** Of a broker: each is a connection. */
  public static final int MAX_VHOSTS = 50;

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException for no queue, too many, one twice, or a vhost {@code default},
   *     which could not be told from {@code /}
   */
  public QueueSelection {
    queues = List.copyOf(queues);
    patterns = List.copyOf(patterns);
    if (queues.isEmpty() && patterns.isEmpty()) {
      throw new IllegalArgumentException("name at least one queue to poll");
    }
    if (maxQueues > MAX_QUEUES || queues.size() > maxQueues || patterns.size() > MAX_PATTERNS) {
      throw new IllegalArgumentException(
          "at most %d queues and %d patterns can be polled, not %d and %d"
              .formatted(
                  Math.min(maxQueues, MAX_QUEUES), MAX_PATTERNS, queues.size(), patterns.size()));
    }
    var seen = new HashSet<QueueId>();
    for (QueueId queue : queues) {
      if (!seen.add(queue)) {
        throw new IllegalArgumentException("queue '" + queue.queue() + "' is listed twice");
      }
    }
    Set<String> vhosts = vhosts(queues, patterns);
    if (vhosts.contains(QueueId.DEFAULT_VHOST_LABEL)) {
      throw new IllegalArgumentException(
          "a vhost named 'default' cannot be told from '/', which is served under that name");
    }
    if (vhosts.size() > MAX_VHOSTS) {
      throw new IllegalArgumentException(
          "at most " + MAX_VHOSTS + " vhosts can be polled, not " + vhosts.size());
    }
  }

  /** These and no others. */
  public static QueueSelection of(List<QueueId> queues) {
    return new QueueSelection(queues, List.of(), MAX_QUEUES);
  }

  /** Whether a pattern matches the queue. */
  boolean isMatched(QueueId queue) {
    return patterns.stream().anyMatch(it -> it.matches(queue));
  }

  /** Tells whether somebody wants to know of a queue; for any thread. */
  Predicate<QueueId> selected() {
    Set<QueueId> named = Set.copyOf(queues);
    return queue -> named.contains(queue) || isMatched(queue);
  }

  /** Where they are. */
  public Set<String> vhosts() {
    return vhosts(queues, patterns);
  }

  private static Set<String> vhosts(List<QueueId> queues, List<QueuePattern> patterns) {
    var vhosts = new TreeSet<String>();
    Stream.concat(queues.stream().map(QueueId::vhost), patterns.stream().map(QueuePattern::vhost))
        .forEach(vhosts::add);
    return vhosts;
  }
}
