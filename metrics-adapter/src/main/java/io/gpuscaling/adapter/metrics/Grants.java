package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.QueryFailure;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which namespaces may read what is not their own: queues and nodes. A namespace always reads the
 * series of its own pods. The HPA controller reads for everyone, so this is the only wall between
 * tenants. Empty grants nothing.
 */
public record Grants(List<Grant> grants) {

  /** Nothing is granted. */
  public static final Grants NONE = new Grants(List.of());

  /** Copies the list. */
  public Grants {
    grants = List.copyOf(grants);
  }

  /**
   * What some namespaces may read.
   *
   * @param namespaces names, or {@code *} for all
   * @param queues which queues
   * @param nodes whether the series of all nodes and GPUs
   */
  public record Grant(List<String> namespaces, List<QueuePattern> queues, boolean nodes) {

    /** Copies the lists. */
    public Grant {
      namespaces = List.copyOf(namespaces);
      queues = List.copyOf(queues);
    }

    boolean isFor(String namespace) {
      return namespaces.contains(namespace) || namespaces.contains("*");
    }
  }

  /**
   * Queues by pattern; {@code *} stands for any text.
   *
   * @param broker pattern of the broker's configured name
   * @param vhost pattern of the vhost as it is served ({@code default} for {@code /})
   * @param queue pattern of the queue's name
   */
  public record QueuePattern(Glob broker, Glob vhost, Glob queue) {}

  /** A pattern in which {@code *} stands for any text and everything else for itself. */
  public static final class Glob {
    private final String text;
    private final Pattern pattern;

    /** A pattern. */
    public Glob(String text) {
      this.text = text;
      var regex = new StringBuilder();
      int from = 0;
      for (int star = text.indexOf('*'); star >= 0; star = text.indexOf('*', from)) {
        regex.append(Pattern.quote(text.substring(from, star))).append(".*");
        from = star + 1;
      }
      this.pattern =
          Pattern.compile(
              regex.append(Pattern.quote(text.substring(from))).toString(), Pattern.DOTALL);
    }

    boolean matches(String value) {
      return pattern.matcher(value).matches();
    }

    @Override
    public String toString() {
      return text;
    }
  }

  static QueryFailure nodesNotGranted(String namespace) {
    return new QueryFailure.NotGranted(
        "namespace "
            + namespace
            + " is not granted the series of nodes (configuration key grants, nodes: true)");
  }

  static QueryFailure queuesNotGranted(String namespace) {
    return new QueryFailure.NotGranted(
        "namespace " + namespace + " is not granted these queues (configuration key grants)");
  }

  /** Whether a namespace may read the series of nodes and GPUs. */
  boolean nodes(String namespace) {
    return grants.stream().anyMatch(grant -> grant.nodes() && grant.isFor(namespace));
  }

  /** Whether a namespace may read any queue that may come to exist. */
  boolean anyQueue(String namespace) {
    return grants.stream().anyMatch(grant -> grant.isFor(namespace) && !grant.queues().isEmpty());
  }

  /** Whether a namespace may read any queue of a broker that may come to exist. */
  boolean anyQueueOf(String namespace, String broker) {
    return grants.stream()
        .anyMatch(grant ->
            grant.isFor(namespace)
                && grant.queues().stream().anyMatch(it -> it.broker().matches(broker)));
  }

  /** Whether a namespace may read a queue. */
  boolean queue(String namespace, String broker, String vhost, String queue) {
    for (Grant grant : grants) {
      if (grant.isFor(namespace)) {
        for (QueuePattern pattern : grant.queues()) {
          if (pattern.broker().matches(broker)
              && pattern.vhost().matches(vhost)
              && pattern.queue().matches(queue)) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
