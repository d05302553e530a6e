package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Queue metrics: external only, granted by queue, one item for each queue however many readers
 * report it. Pure.
 */
final class QueueQueries {

  private final Grants grants;

  QueueQueries(Grants grants) {
    this.grants = grants;
  }

  QueryResult<ExternalItem> external(
      ServedMetric metric, ExternalQuery query, SampleReader reader) {
    boolean anyHidden = false;
    Map<Labels, Reading> queues = new TreeMap<>(Comparator.comparing(Labels::toString));
    for (ContributorSnapshot contributor : reader.store().contributors()) {
      if (!(contributor.contributor() instanceof Contributor.QueueReader)) {
        continue;
      }
      for (StoredSample sample : contributor.samplesOf(metric.metricName())) {
        if (!query.metricSelector().matches(sample.labels())) {
          continue;
        }
        if (isGranted(query.namespace(), sample.labels())) {
          queues.merge(sample.labels(), reader.read(contributor, sample), QueueQueries::better);
        } else {
          anyHidden = true;
        }
      }
    }
    if (!queues.isEmpty()) {
      return answer(queues);
    }
    if (anyHidden || grants.grants().stream().noneMatch(grant -> grant.isFor(query.namespace()))) {
      return new QueryResult.Failed<>(
          new QueryFailure.NotGranted(
              "namespace "
                  + query.namespace()
                  + " is not granted these queues (configuration key grants)"));
    }
    return nothing(reader);
  }

  private boolean isGranted(String namespace, Labels labels) {
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
  private static Reading better(Reading one, Reading other) {
    return switch (one) {
      case Reading.Missing _ -> other;
      case Reading.Fresh(_, long age) ->
          other instanceof Reading.Fresh(_, long otherAge) && otherAge < age ? other : one;
    };
  }

  private static QueryResult<ExternalItem> answer(Map<Labels, Reading> queues) {
    List<ExternalItem> items = new ArrayList<>(queues.size());
    Missing missing = new Missing();
    queues.forEach((labels, reading) -> {
      switch (reading) {
        case Reading.Fresh(double value, long age) ->
            items.add(new ExternalItem(labels, value, Duration.ofNanos(age)));
        case Reading.Missing(String why) -> missing.add(labels.getOrEmpty("queue"), why);
      }
    });
    return missing
        .failure(queues.size(), "queues")
        .<QueryResult<ExternalItem>>map(QueryResult.Failed::new)
        .orElseGet(() -> new QueryResult.Items<>(items));
  }

  /**
   * No series matches: an empty answer is the truth only while somebody fresh would know of one.
   */
  private static QueryResult<ExternalItem> nothing(SampleReader reader) {
    Missing missing = new Missing();
    int sources = 0;
    for (ContributorSnapshot contributor : reader.store().contributors()) {
      for (String source : contributor.sources().keySet()) {
        if (source.startsWith(Sources.RABBITMQ_PREFIX)) {
          sources++;
          Optional<String> problem = reader.problem(contributor, source);
          if (problem.isEmpty()) {
            return new QueryResult.Items<>(List.of());
          }
          missing.add(source, problem.get());
        }
      }
    }
    if (sources == 0) {
      return new QueryResult.Failed<>(new QueryFailure.Unavailable("no queue reader has reported"));
    }
    return missing
        .failure(sources, "brokers")
        .<QueryResult<ExternalItem>>map(QueryResult.Failed::new)
        .orElseGet(() -> new QueryResult.Items<>(List.of()));
  }
}
