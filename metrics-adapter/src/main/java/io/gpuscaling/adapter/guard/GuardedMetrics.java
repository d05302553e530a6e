package io.gpuscaling.adapter.guard;

import io.gpuscaling.adapter.api.Contributions;
import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Passes answers on that a quantity can say, and measures how fresh they are. The HPA adds up the
 * thousandths of all items in 64 bits and does not look for an overflow: a sum that wraps reads as
 * little or negative load. So a number that is not finite, or a sum that is too large, is an error;
 * of a list of objects the object alone is left out, since the HPA accounts for missing pods. One
 * item that is too large is clamped where it is printed, which is counted here. Safe for use by any
 * thread.
 */
public final class GuardedMetrics implements MetricsQuery {

  /** The largest amount of which the HPA can read the thousandths. */
  static final double MAX_AMOUNT = Long.MAX_VALUE / 1000.0;

  private final MetricsQuery metrics;
  private final GuardMetrics custom;
  private final GuardMetrics external;

  /**
   * Guards another's answers.
   *
   * @param custom counts those of custom metrics
   * @param external counts those of external metrics
   */
  public GuardedMetrics(MetricsQuery metrics, GuardMetrics custom, GuardMetrics external) {
    this.metrics = metrics;
    this.custom = custom;
    this.external = external;
  }

  @Override
  public MetricCatalogue catalogue() {
    return metrics.catalogue();
  }

  /** As it is: nobody adds it up. */
  @Override
  public Contributions contributors(ExternalQuery query) {
    return metrics.contributors(query);
  }

  @Override
  public Contributions contributors(CustomQuery query) {
    return metrics.contributors(query);
  }

  @Override
  public QueryResult<ExternalItem> external(ExternalQuery query) {
    QueryResult<ExternalItem> result = metrics.external(query);
    if (result instanceof QueryResult.Items<ExternalItem>(List<ExternalItem> items)) {
      for (ExternalItem item : items) {
        external.fresh(item.age());
      }
      // Without the item the sum would be smaller: all or nothing.
      return checked(items, ExternalItem::value, query.metric(), external);
    }
    return result;
  }

  @Override
  public QueryResult<CustomItem> custom(CustomQuery query) {
    QueryResult<CustomItem> result = metrics.custom(query);
    if (result instanceof QueryResult.Items<CustomItem>(List<CustomItem> items)) {
      for (CustomItem item : items) {
        custom.fresh(item.age());
      }
      List<CustomItem> sound = items;
      if (query.name().equals(CustomQuery.ALL) && !allFinite(items)) {
        sound = items.stream().filter(item -> Double.isFinite(item.value())).toList();
        custom.dropped(GuardMetrics.NOT_FINITE, items.size() - sound.size());
      }
      return checked(sound, CustomItem::value, query.metric(), custom);
    }
    return result;
  }

  private static boolean allFinite(List<CustomItem> items) {
    for (CustomItem item : items) {
      if (!Double.isFinite(item.value())) {
        return false;
      }
    }
    return true;
  }

  private static <T> QueryResult<T> checked(
      List<T> items, ToDoubleFunction<T> value, String metric, GuardMetrics counts) {
    double sum = 0;
    for (T item : items) {
      double number = value.applyAsDouble(item);
      if (!Double.isFinite(number)) {
        counts.dropped(GuardMetrics.NOT_FINITE, items.size());
        return unavailable("a value of " + metric + " is no finite number");
      }
      sum += number;
    }
    if (Math.abs(sum) >= MAX_AMOUNT) {
      if (items.size() > 1) {
        counts.dropped(GuardMetrics.SUM_TOO_LARGE, items.size());
        return unavailable(
            "the values of " + metric + " add up to more than the autoscaler can read");
      }
      counts.clamped();
    }
    return new QueryResult.Items<>(items);
  }

  private static <T> QueryResult<T> unavailable(String sentence) {
    return new QueryResult.Failed<>(new QueryFailure.Unavailable(sentence));
  }

  /** How old a value is, in seconds. */
  static double seconds(Duration age) {
    return age.toNanos() / 1e9;
  }
}
