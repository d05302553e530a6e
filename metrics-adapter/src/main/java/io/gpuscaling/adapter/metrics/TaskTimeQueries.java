package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.TimeBuckets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Quantiles of how long tasks ran or had waited, one for each class: read from the sum of what all
 * expected nodes have counted, never from quantiles of single nodes. For one request on one thread.
 */
final class TaskTimeQueries {

  private static final String QUANTILE = "quantile";

  /** What can be asked for, as label values. */
  private static final List<String> QUANTILES = List.of("0.5", "0.9", "0.99");

  private static final Set<String> QUANTILE_LABEL = Set.of(QUANTILE);
  private static final Set<String> BUCKET_LABEL = Set.of(TimeBuckets.LABEL);

  private final TaskQueries tasks;

  TaskTimeQueries(TaskQueries tasks) {
    this.tasks = tasks;
  }

  /** Whether a metric is one of these. */
  static boolean isTime(ServedMetric metric) {
    return metric == ServedMetric.GPU_TASK_DURATION_SECONDS
        || metric == ServedMetric.GPU_TASK_WAIT_SECONDS;
  }

  /** The selected quantiles; an HPA must select one. */
  QueryResult<ExternalItem> answer(ServedMetric metric, String namespace, TaskScope scope) {
    LabelSelector selector = scope.selector();
    List<String> wanted =
        QUANTILES.stream()
            .filter(value -> ExpectedNodes.matchesOnly(selector, QUANTILE_LABEL, _ -> value))
            .toList();
    if (wanted.isEmpty() || ExpectedNodes.isAbout(selector, BUCKET_LABEL)) {
      return new QueryResult.Items<>(List.of());
    }
    var counted = new TaskScope(scope.pods(), scope.isForSomePods(), without(selector));
    return switch (tasks.gather(metric, namespace, counted)) {
      case Gathered.Incomplete(String sentence) -> unavailable(sentence);
      case Gathered.Complete(List<Gathered.Row> rows, _) -> quantiles(metric, rows, wanted);
    };
  }

  private static LabelSelector without(LabelSelector selector) {
    return new LabelSelector(
        selector.requirements().stream()
            .filter(requirement -> !requirement.key().equals(QUANTILE))
            .toList());
  }

  private static QueryResult<ExternalItem> quantiles(
      ServedMetric metric, List<Gathered.Row> rows, List<String> wanted) {
    Map<String, Map<Integer, Double>> counts = new TreeMap<>();
    long age = 0;
    for (Gathered.Row row : rows) {
      counts
          .computeIfAbsent(row.labels().getOrEmpty("class"), _ -> new HashMap<>())
          .merge(bucket(row), row.value(), Double::sum);
      age = Math.max(age, row.ageNanos());
    }
    List<ExternalItem> items = new ArrayList<>();
    Duration oldest = Duration.ofNanos(age);
    counts.forEach((taskClass, buckets) -> {
      Labels labels = taskClass.isEmpty() ? Labels.EMPTY : Labels.of("class", taskClass);
      for (String quantile : wanted) {
        items.add(
            new ExternalItem(
                labels.with(QUANTILE, quantile),
                TimeBuckets.quantile(Double.parseDouble(quantile), buckets),
                oldest));
      }
    });
    if (items.isEmpty()) {
      // No time is not a short time.
      return unavailable(
          "no GPU task of the selection has "
              + (metric == ServedMetric.GPU_TASK_WAIT_SECONDS
                  ? "begun and told how long it had waited"
                  : "ended well")
              + " in the last "
              + TimeBuckets.WINDOW.toMinutes()
              + " min");
    }
    return items.size() == 1
        ? new QueryResult.Items<>(items)
        : new QueryResult.Failed<>(
            ObjectQueries.severalSeries(metric, items.stream().map(ExternalItem::labels).toList()));
  }

  /** An exporter writes numbers; whatever else would not have been counted. */
  private static int bucket(Gathered.Row row) {
    String bucket = row.labels().getOrEmpty(TimeBuckets.LABEL);
    return bucket.matches("[0-9]{1,2}") ? Integer.parseInt(bucket) : TimeBuckets.LAST;
  }

  private static QueryResult<ExternalItem> unavailable(String sentence) {
    return new QueryResult.Failed<>(new QueryFailure.Unavailable(sentence));
  }
}
