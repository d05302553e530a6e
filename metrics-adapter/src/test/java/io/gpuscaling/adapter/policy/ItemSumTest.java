package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.policy.observe.Exactness;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ItemSumTest {

  private static ExternalItem item(
      double value, long ageSeconds, io.gpuscaling.core.metric.Exactness exactness) {
    return new ExternalItem(Labels.EMPTY, value, Duration.ofSeconds(ageSeconds), exactness);
  }

  private static ItemSum sum(io.gpuscaling.core.metric.Exactness... all) {
    return ItemSum.of(List.of(all).stream().map(it -> item(1, 1, it)).toList());
  }

  @Test
  void of_severalSeries_isTheirSum_asOldAsTheOldest() {
    assertThat(
            ItemSum.of(
                List.of(
                    item(2, 3, io.gpuscaling.core.metric.Exactness.EXACT),
                    item(5, 9, io.gpuscaling.core.metric.Exactness.EXACT),
                    item(1, 4, io.gpuscaling.core.metric.Exactness.EXACT))))
        .isEqualTo(new ItemSum.Sum(8, Duration.ofSeconds(9), Exactness.EXACT));
  }

  @Test
  void of_seriesOfDifferentExactness_isAsExactAsTheLeast() {
    var exact = io.gpuscaling.core.metric.Exactness.EXACT;
    var estimate = io.gpuscaling.core.metric.Exactness.ESTIMATE;
    var lower = io.gpuscaling.core.metric.Exactness.LOWER_BOUND;
    var upper = io.gpuscaling.core.metric.Exactness.UPPER_BOUND;

    assertThat(sum(exact, estimate)).hasFieldOrPropertyWithValue("exactness", Exactness.ESTIMATE);
    assertThat(sum(lower, exact)).hasFieldOrPropertyWithValue("exactness", Exactness.LOWER_BOUND);
    assertThat(sum(lower, lower)).hasFieldOrPropertyWithValue("exactness", Exactness.LOWER_BOUND);
    assertThat(sum(estimate, upper))
        .hasFieldOrPropertyWithValue("exactness", Exactness.UPPER_BOUND);
    assertThat(sum(upper, lower)).isEqualTo(new ItemSum.Contradiction());
  }

  @Test
  void failures_areSaidInTheWordsOfTheMetricsApis_andNotTooLong() {
    assertThat(PolicyObserver.sentence(new QueryFailure.UnknownMetric(), "m"))
        .isEqualTo("there is no metric m of this");
    assertThat(PolicyObserver.sentence(new QueryFailure.NoSuchObject(), "m"))
        .isEqualTo("the target has no m");
    assertThat(PolicyObserver.sentence(new QueryFailure.NotGranted("not granted"), "m"))
        .isEqualTo("not granted");
    assertThat(PolicyObserver.sentence(new QueryFailure.Ambiguous("several"), "m"))
        .isEqualTo("several");
    assertThat(PolicyObserver.sentence(new QueryFailure.Unavailable("x".repeat(5_000)), "m"))
        .hasSize(1_000)
        .endsWith("...");
  }
}
