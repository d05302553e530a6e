package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.Contribution.Kind;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SelectableLabels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Queue metrics: external only, granted by queue, one item for each queue however many readers
 * report it. Pure.
 */
final class QueueQueries {

  private static final Set<String> BROKER = Set.of("broker");

  private final Grants grants;

  QueueQueries(Grants grants) {
    this.grants = grants;
  }

  QueryResult<ExternalItem> external(
      ServedMetric metric, ExternalQuery query, SampleReader reader, RollCall roll) {
    if (!grants.anyQueue(query.namespace())) {
      return new QueryResult.Failed<>(Grants.queuesNotGranted(query.namespace()));
    }
    List<ContributorSnapshot> readers =
        reader.store().contributors().stream()
            .filter(it -> it.contributor() instanceof Contributor.QueueReader)
            .toList();
    boolean anyHidden = false;
    Map<Labels, Reading> queues = new HashMap<>();
    for (ContributorSnapshot contributor : readers) {
      for (StoredSample sample : contributor.samplesOf(metric.metricName())) {
        if (!query.metricSelector().matches(sample.selectable())) {
          continue;
        }
        if (isGranted(query.namespace(), sample.labels())) {
          queues.merge(sample.labels(), reader.read(contributor, sample), QueueQueries::better);
        } else {
          anyHidden = true;
        }
      }
    }
    if (queues.isEmpty() && anyHidden) {
      return new QueryResult.Failed<>(Grants.queuesNotGranted(query.namespace()));
    }
    Map<String, Broker> brokers = brokers(query, readers, reader);
    if (roll.isTaken()) {
      callReaders(query, readers, reader, brokers, roll);
      callQueues(queues, roll);
    }
    if (brokers.isEmpty() && queues.isEmpty()) {
      return unavailable("no queue reader has reported");
    }
    // A broker that was read before has its queues in the store, and they speak for themselves. Of
    // one that was not, and where no queue is known at all, nobody can say what it has.
    boolean anyKnown = !queues.isEmpty();
    Missing unread = new Missing();
    brokers.forEach((source, broker) ->
        broker
            .problem()
            .filter(_ -> !anyKnown || !broker.isObserved())
            .ifPresent(why -> unread.add(source, why)));
    return unread
        .sentence(brokers.size(), "brokers")
        .<QueryResult<ExternalItem>>map(QueueQueries::unavailable)
        .orElseGet(() -> {
          if (queues.isEmpty() && !isReported(metric, readers)) {
            // An empty answer would say that no queue is selected.
            return unavailable(
                "no queue reader reports "
                    + metric.metricName()
                    + " (configuration keys rabbitmq.managementUrl, rabbitmq.prometheusUrls)");
          }
          return !metric.isAdditive() && queues.size() > 1
              ? new QueryResult.Failed<>(
                  ObjectQueries.severalSeries(metric, List.copyOf(queues.keySet())))
              : answer(metric, queues);
        });
  }

  /** One reader of each broker is enough: where one tells, the others only stand by. */
  private void callReaders(
      ExternalQuery query,
      List<ContributorSnapshot> readers,
      SampleReader reader,
      Map<String, Broker> brokers,
      RollCall roll) {
    for (ContributorSnapshot contributor : readers) {
      String name = contributor.contributor().name();
      for (String source : new TreeSet<>(contributor.sources().keySet())) {
        Broker broker = brokers.get(source);
        if (broker == null || !isAsked(query, source)) {
          continue;
        }
        Optional<String> problem = reader.problem(contributor, source);
        if (problem.isEmpty()) {
          roll.given(
              Kind.QUEUE_READER,
              name,
              source,
              reader.sourceAgeNanos(contributor, source),
              OptionalDouble.empty());
        } else if (broker.problem().isPresent()) {
          roll.absent(Kind.QUEUE_READER, name, source, problem.get());
        }
      }
    }
  }

  private static void callQueues(Map<Labels, Reading> queues, RollCall roll) {
    var sorted = new TreeMap<Labels, Reading>(LabelOrder.INSTANCE);
    sorted.putAll(queues);
    sorted.forEach((labels, reading) -> {
      String name =
          Stream.of("broker", "vhost", "queue")
              .map(labels::getOrEmpty)
              .filter(it -> !it.isEmpty())
              .collect(Collectors.joining("/"));
      String source = Sources.RABBITMQ_PREFIX + labels.getOrEmpty("broker");
      switch (reading) {
        case Reading.Fresh(double value, long age, _) ->
            roll.given(Kind.QUEUE, name, source, age, OptionalDouble.of(value));
        case Reading.Missing(String why) -> roll.absent(Kind.QUEUE, name, source, why);
      }
    });
  }

  /** Depth is always reported; other metrics only where their source is configured. */
  private static boolean isReported(ServedMetric metric, List<ContributorSnapshot> readers) {
    return has(metric, readers) || !has(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, readers);
  }

  private static boolean has(ServedMetric metric, List<ContributorSnapshot> readers) {
    return readers.stream().anyMatch(it -> !it.samplesOf(metric.metricName()).isEmpty());
  }

  /** A broker's own series are for those who may read any queue of it. */
  private boolean isGranted(String namespace, Labels labels) {
    if (labels.get("queue") == null) {
      return grants.anyQueueOf(namespace, labels.getOrEmpty("broker"));
    }
    return grants.queue(
        namespace,
        labels.getOrEmpty("broker"),
        labels.getOrEmpty("vhost"),
        labels.getOrEmpty("queue"));
  }

  /**
   * Of two readers of the same queue the one that has a value counts, and of two values the
   * younger.
   */
  static Reading better(Reading one, Reading other) {
    return switch (one) {
      case Reading.Missing _ -> other;
      case Reading.Fresh(_, long age, _) ->
          other instanceof Reading.Fresh(_, long otherAge, _) && otherAge < age ? other : one;
    };
  }

  private static QueryResult<ExternalItem> answer(
      ServedMetric metric, Map<Labels, Reading> queues) {
    Missing missing = new Missing();
    List<ExternalItem> items = new ArrayList<>(queues.size());
    queues.forEach((labels, reading) -> {
      switch (reading) {
        case Reading.Fresh(double value, long age, var exactness) ->
            items.add(
                new ExternalItem(
                    SelectableLabels.of(labels), value, Duration.ofNanos(age), exactness));
        case Reading.Missing(String why) ->
            missing.add(labels.getOrEmpty(labels.get("queue") == null ? "broker" : "queue"), why);
      }
    });
    items.sort(Comparator.comparing(ExternalItem::labels, LabelOrder.INSTANCE));
    return missing
        .sentence(queues.size(), "queues")
        .<QueryResult<ExternalItem>>map(QueueQueries::unavailable)
        .orElseGet(() ->
            Collisions.among(metric, items)
                .<QueryResult<ExternalItem>>map(QueryResult.Failed::new)
                .orElseGet(() -> new QueryResult.Items<>(items)));
  }

  /**
   * A broker as the best of its readers sees it.
   *
   * @param isObserved whether it was ever read
   * @param problem why what was read may not be served, or empty when it may
   */
  private record Broker(boolean isObserved, Optional<String> problem) {

    Broker better(Broker other) {
      return other.rank() > rank() ? other : this;
    }

    private int rank() {
      if (problem.isEmpty()) {
        return 2;
      }
      return isObserved ? 1 : 0;
    }
  }

  /** The brokers that may have a queue that is asked for and granted, by source. */
  private Map<String, Broker> brokers(
      ExternalQuery query, List<ContributorSnapshot> readers, SampleReader reader) {
    Map<String, Broker> brokers = new TreeMap<>();
    for (ContributorSnapshot contributor : readers) {
      contributor
          .sources()
          .forEach((source, view) -> {
            if (isAsked(query, source)) {
              var broker = new Broker(view.observed(), reader.problem(contributor, source));
              brokers.merge(source, broker, Broker::better);
            }
          });
    }
    return brokers;
  }

  private boolean isAsked(ExternalQuery query, String source) {
    if (!source.startsWith(Sources.RABBITMQ_PREFIX)) {
      return false;
    }
    String broker = source.substring(Sources.RABBITMQ_PREFIX.length());
    return grants.anyQueueOf(query.namespace(), broker)
        && ExpectedNodes.matchesOnly(query.metricSelector(), BROKER, _ -> broker);
  }

  private static QueryResult<ExternalItem> unavailable(String sentence) {
    return new QueryResult.Failed<>(new QueryFailure.Unavailable(sentence));
  }
}
