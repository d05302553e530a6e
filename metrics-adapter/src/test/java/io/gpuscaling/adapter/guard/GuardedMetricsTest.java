package io.gpuscaling.adapter.guard;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.core.metric.Labels;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardedMetricsTest {

  private static final Duration AGE = Duration.ofMillis(1_200);

  private final CollectorRegistry registry = new CollectorRegistry();
  private final GuardMetrics.Families families = new GuardMetrics.Families(registry);

  /** Answers these numbers, each of another object. */
  private record Numbers(List<Double> values) implements MetricsQuery {

    Numbers(Double... values) {
      this(List.of(values));
    }

    @Override
    public QueryResult<ExternalItem> external(ExternalQuery query) {
      List<ExternalItem> items = new ArrayList<>();
      for (double value : values) {
        items.add(new ExternalItem(Labels.of("n", "n" + items.size()), value, AGE));
      }
      return new QueryResult.Items<>(items);
    }

    @Override
    public QueryResult<CustomItem> custom(CustomQuery query) {
      List<CustomItem> items = new ArrayList<>();
      for (double value : values) {
        items.add(
            new CustomItem(new DescribedObject("v1", "Pod", "a", "p" + items.size()), value, AGE));
      }
      return new QueryResult.Items<>(items);
    }

    @Override
    public Contributions contributors(ExternalQuery query) {
      return Contributions.nobody(Optional.empty());
    }

    @Override
    public Contributions contributors(CustomQuery query) {
      return Contributions.nobody(Optional.empty());
    }

    @Override
    public MetricCatalogue catalogue() {
      return MetricCatalogue.EMPTY;
    }
  }

  private GuardedMetrics over(MetricsQuery metrics) {
    return new GuardedMetrics(
        metrics, new GuardMetrics(families, "custom"), new GuardMetrics(families, "external"));
  }

  private static QueryResult<ExternalItem> external(GuardedMetrics metrics) {
    return metrics.external(new ExternalQuery("a", "load", LabelSelector.EVERYTHING));
  }

  private static QueryResult<CustomItem> custom(GuardedMetrics metrics, String name) {
    return metrics.custom(
        new CustomQuery(
            "a",
            new GroupResource("", "pods"),
            name,
            "load",
            LabelSelector.EVERYTHING,
            LabelSelector.EVERYTHING));
  }

  private static <T> List<T> items(QueryResult<T> result) {
    return switch (result) {
      case QueryResult.Items<T>(List<T> items) -> items;
      case QueryResult.Failed<T>(QueryFailure failure) ->
          throw new AssertionError(failure.toString());
    };
  }

  private static String sentence(QueryResult<?> result) {
    return result instanceof QueryResult.Failed<?>(QueryFailure.Unavailable(String sentence))
        ? sentence
        : "answered: " + result;
  }

  private @Nullable Double count(String name, String group, String reason) {
    return registry.getSampleValue(
        name, new String[] {"group", "reason"}, new String[] {group, reason});
  }

  private @Nullable Double count(String name, String group) {
    return registry.getSampleValue(name, new String[] {"group"}, new String[] {group});
  }

  @Test
  void finiteValues_passUnchanged_andTheirAgeIsMeasured() {
    GuardedMetrics metrics = over(new Numbers(1.0, 2.5, -3.0));

    assertThat(items(external(metrics)))
        .extracting(ExternalItem::value)
        .containsExactly(1.0, 2.5, -3.0);
    assertThat(items(custom(metrics, CustomQuery.ALL))).hasSize(3);

    assertThat(count("metrics_apiserver_metric_freshness_seconds_count", "external")).isEqualTo(3);
    assertThat(count("metrics_apiserver_metric_freshness_seconds_count", "custom")).isEqualTo(3);
    assertThat(bucket("1.0")).isZero();
    assertThat(bucket("1.364")).isEqualTo(3);
    assertThat(count("gpuscaling_api_clamped_values_total", "external")).isZero();
  }

  private @Nullable Double bucket(String atMost) {
    return registry.getSampleValue(
        "metrics_apiserver_metric_freshness_seconds_bucket",
        new String[] {"group", "le"},
        new String[] {"external", atMost});
  }

  @Test
  void freshness_hasTheBucketsOfTheReferenceLibrary() {
    assertThat(bucket("1.0")).isNull();
    var _ = external(over(new Numbers(1.0)));

    double largest = Math.pow(1.364, 19);
    long buckets =
        Collections.list(registry.metricFamilySamples()).stream()
            .flatMap(family -> family.samples.stream())
            .filter(
                sample -> sample.name.equals("metrics_apiserver_metric_freshness_seconds_bucket"))
            .filter(sample -> sample.labelValues.getFirst().equals("external"))
            .count();
    assertThat(buckets).isEqualTo(20 + 1);
    assertThat(bucket(Double.toString(largest))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void externalValueThatIsNotFinite_isAnErrorAndNotASmallerSum(double odd) {
    var result = external(over(new Numbers(1.0, odd, 3.0)));

    assertThat(sentence(result)).isEqualTo("a value of load is no finite number");
    assertThat(count("gpuscaling_api_dropped_values_total", "external", "not_finite")).isEqualTo(3);
  }

  @Test
  void podWithoutAFiniteValue_isLeftOut_aNamedOneIsAnError() {
    GuardedMetrics metrics = over(new Numbers(1.0, Double.NaN, 3.0));

    assertThat(items(custom(metrics, CustomQuery.ALL)))
        .extracting(item -> item.object().name())
        .containsExactly("p0", "p2");
    assertThat(count("gpuscaling_api_dropped_values_total", "custom", "not_finite")).isEqualTo(1);

    assertThat(sentence(custom(over(new Numbers(Double.NaN)), "p0")))
        .isEqualTo("a value of load is no finite number");
  }

  @Test
  void sumBeyondWhatTheAutoscalerCanRead_isAnError_aSingleValueIsClamped() {
    double half = GuardedMetrics.MAX_AMOUNT / 2;

    assertThat(sentence(external(over(new Numbers(half, half, 1.0)))))
        .isEqualTo("the values of load add up to more than the autoscaler can read");
    assertThat(sentence(custom(over(new Numbers(-half, -half)), CustomQuery.ALL)))
        .isEqualTo("the values of load add up to more than the autoscaler can read");
    assertThat(count("gpuscaling_api_dropped_values_total", "external", "sum_too_large"))
        .isEqualTo(3);

    assertThat(items(external(over(new Numbers(Double.MAX_VALUE))))).hasSize(1);
    assertThat(count("gpuscaling_api_clamped_values_total", "external")).isEqualTo(1);
  }

  @Test
  void failures_passUnchanged() {
    var unknown = new QueryFailure.UnknownMetric();
    GuardedMetrics metrics =
        over(
            new MetricsQuery() {
              @Override
              public Contributions contributors(ExternalQuery query) {
                return Contributions.nobody(Optional.empty());
              }

              @Override
              public Contributions contributors(CustomQuery query) {
                return Contributions.nobody(Optional.empty());
              }

              @Override
              public QueryResult<ExternalItem> external(ExternalQuery query) {
                return new QueryResult.Failed<>(unknown);
              }

              @Override
              public QueryResult<CustomItem> custom(CustomQuery query) {
                return new QueryResult.Failed<>(unknown);
              }

              @Override
              public MetricCatalogue catalogue() {
                return MetricCatalogue.EMPTY;
              }
            });

    assertThat(external(metrics)).isEqualTo(new QueryResult.Failed<>(unknown));
    assertThat(custom(metrics, "p")).isEqualTo(new QueryResult.Failed<>(unknown));
    assertThat(metrics.catalogue()).isSameAs(MetricCatalogue.EMPTY);
  }
}
