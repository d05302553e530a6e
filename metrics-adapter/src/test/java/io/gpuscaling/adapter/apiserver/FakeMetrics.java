package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.Contribution;
import io.gpuscaling.adapter.api.Contributions;
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
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The metrics that the reference server has too when {@code ReferenceComparisonIT} has set them,
 * and one of each kind of failure, which only ours has.
 */
final class FakeMetrics implements MetricsQuery {

  /** Pods o0, o1, ... that a list finds in any namespace; every second one is labelled foo=bar. */
  static final int PODS = 16;

  /** Nodes o0, o1, ... that a list finds; every second one is labelled foo=bar. */
  static final int NODES = 4;

  /** An object that is found by its name only. */
  static final String UNLISTED = "foo";

  /** The value of every object. */
  static final double VALUE = 1.25;

  private static final Duration AGE = Duration.ofSeconds(7);

  private static final Map<String, String> KINDS =
      Map.of(
          "pods", "v1 Pod",
          "nodes", "v1 Node",
          "namespaces", "v1 Namespace",
          "services", "v1 Service",
          "deployments.apps", "apps/v1 Deployment",
          "ingresses.networking.k8s.io", "networking.k8s.io/v1 Ingress");

  private volatile MetricCatalogue catalogue =
      new MetricCatalogue(
          List.of("my-external-metric", "other-external-metric", "MyQueue", "Twice", "tWICE"),
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
          items(
              query,
              new ExternalItem(Labels.of("foo", "bar"), 42, AGE),
              new ExternalItem(Labels.of("foo", "baz"), 43, AGE));
      case "other-external-metric" -> items(query, new ExternalItem(Labels.of(), 44, AGE));
      case "MyQueue" -> items(query, new ExternalItem(Labels.of(), 7, AGE));
      case "stale" -> failed(new QueryFailure.Unavailable("incomplete: 1 of 3 nodes: n2 is stale"));
      case "not-granted" -> failed(new QueryFailure.NotGranted("set grants.external.shop"));
      case "ratio" -> failed(new QueryFailure.Ambiguous("select one by label uuid"));
      case "no-number" -> items(query, new ExternalItem(Labels.of(), Double.NaN, AGE));
      case "infinite" -> items(query, new ExternalItem(Labels.of(), Double.NEGATIVE_INFINITY, AGE));
      case "huge" -> items(query, new ExternalItem(Labels.of(), 1e300, AGE));
      case "broken" -> throw new IllegalStateException("a bug with inner details");
      default -> failed(new QueryFailure.UnknownMetric());
    };
  }

  private static QueryResult<ExternalItem> items(ExternalQuery query, ExternalItem... all) {
    return new QueryResult.Items<>(
        List.of(all).stream()
            .filter(item -> query.metricSelector().matches(item.labels()))
            .toList());
  }

  @Override
  public QueryResult<CustomItem> custom(CustomQuery query) {
    String kind = KINDS.get(query.resource().toString());
    if (kind == null || !List.of("some-metric", "labelled-metric").contains(query.metric())) {
      return failed(new QueryFailure.UnknownMetric());
    }
    Map<String, String> labels =
        query.metric().equals("labelled-metric") ? Map.of("verb", "GET") : Map.of();
    boolean matches = query.metricSelector().matches(labels);
    if (query.isForAll()) {
      return new QueryResult.Items<>(matches ? listed(query, kind) : List.of());
    }
    return matches && isThere(query)
        ? new QueryResult.Items<>(List.of(item(query, kind, query.name())))
        : failed(new QueryFailure.NoSuchObject());
  }

  private static int listedCount(CustomQuery query) {
    return switch (query.resource().toString()) {
      case "pods" -> PODS;
      case "nodes" -> NODES;
      default -> 0;
    };
  }

  private static boolean isThere(CustomQuery query) {
    return query.name().equals(UNLISTED)
        || query.name().equals("ns")
        || IntStream.range(0, listedCount(query)).anyMatch(i -> query.name().equals("o" + i));
  }

  private static List<CustomItem> listed(CustomQuery query, String kind) {
    return IntStream.range(0, listedCount(query))
        .filter(i -> query.objectSelector().matches(i % 2 == 0 ? Map.of("foo", "bar") : Map.of()))
        .mapToObj(i -> item(query, kind, "o" + i))
        .toList();
  }

  private static CustomItem item(CustomQuery query, String kind, String name) {
    String[] parts = kind.split(" ", 2);
    return new CustomItem(
        new DescribedObject(parts[0], parts[1], query.namespace(), name), VALUE, AGE);
  }

  private static <T> QueryResult<T> failed(QueryFailure failure) {
    return new QueryResult.Failed<>(failure);
  }

  @Override
  public Contributions contributors(ExternalQuery query) {
    Optional<QueryFailure> failure =
        external(query) instanceof QueryResult.Failed<ExternalItem>(QueryFailure why)
            ? Optional.of(why)
            : Optional.empty();
    return new Contributions(
        failure,
        3,
        1,
        List.of(
            new Contribution.Absent(
                Contribution.Kind.NODE, "n2", "lease", "no exporter has reported"),
            new Contribution.Given(
                Contribution.Kind.NODE, "n1", "lease", AGE, OptionalDouble.of(VALUE)),
            new Contribution.Given(
                Contribution.Kind.QUEUE_READER,
                "reader",
                "rabbitmq/default",
                AGE,
                OptionalDouble.empty())));
  }

  @Override
  public Contributions contributors(CustomQuery query) {
    return Contributions.nobody(
        custom(query) instanceof QueryResult.Failed<CustomItem>(QueryFailure why)
            ? Optional.of(why)
            : Optional.empty());
  }

  @Override
  public MetricCatalogue catalogue() {
    return catalogue;
  }
}
