package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.core.metric.Labels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The metrics of the reference library's tests, and one of each kind of failure. */
final class FakeMetrics implements MetricsQuery {

  private static final Duration AGE = Duration.ofSeconds(7);
  private volatile MetricCatalogue catalogue =
      new MetricCatalogue(
          List.of("my-external-metric"),
          List.of(
              new MetricCatalogue.CustomMetric(new GroupResource("", "pods"), true, "some-metric"),
              new MetricCatalogue.CustomMetric(
                  new GroupResource("", "nodes"), false, "some-metric")));

  void setCatalogue(MetricCatalogue next) {
    catalogue = next;
  }

  @Override
  public QueryResult<ExternalItem> external(ExternalQuery query) {
    return switch (query.metric()) {
      case "my-external-metric" ->
          new QueryResult.Items<>(
              List.of(
                      new ExternalItem(Labels.of("foo", "bar"), 42, AGE),
                      new ExternalItem(Labels.of("foo", "baz"), 1.5, AGE))
                  .stream()
                  .filter(item -> query.metricSelector().matches(item.labels()))
                  .toList());
      case "stale" -> failed(new QueryFailure.Unavailable("incomplete: 1 of 3 nodes: n2 is stale"));
      case "not-granted" -> failed(new QueryFailure.NotGranted("set grants.external.shop"));
      case "ratio" -> failed(new QueryFailure.Ambiguous("select one by label uuid"));
      case "broken" -> throw new IllegalStateException("a bug with inner details");
      default -> failed(new QueryFailure.UnknownMetric());
    };
  }

  @Override
  public QueryResult<CustomItem> custom(CustomQuery query) {
    if (!query.metric().equals("some-metric")) {
      return failed(new QueryFailure.UnknownMetric());
    }
    return switch (query.resource().toString()) {
      case "nodes" -> objects(query, "Node", 4);
      case "pods" -> objects(query, "Pod", 16);
      case "namespaces" -> objects(query, "Namespace", 1);
      default -> failed(new QueryFailure.UnknownMetric());
    };
  }

  /** Every second one is labelled foo=bar. */
  private static QueryResult<CustomItem> objects(CustomQuery query, String kind, int count) {
    if (!query.isForAll()) {
      return query.name().equals("gone")
          ? failed(new QueryFailure.NoSuchObject())
          : new QueryResult.Items<>(List.of(item(query, kind, query.name())));
    }
    return new QueryResult.Items<>(
        IntStream.range(0, count)
            .filter(
                i -> query.objectSelector().matches(i % 2 == 0 ? Map.of("foo", "bar") : Map.of()))
            .mapToObj(i -> item(query, kind, "o" + i))
            .toList());
  }

  private static CustomItem item(CustomQuery query, String kind, String name) {
    return new CustomItem(new DescribedObject("v1", kind, query.namespace(), name), 1.25, AGE);
  }

  private static <T> QueryResult<T> failed(QueryFailure failure) {
    return new QueryResult.Failed<>(failure);
  }

  @Override
  public MetricCatalogue catalogue() {
    return catalogue;
  }
}
