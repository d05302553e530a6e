package io.gpuscaling.core.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeBucketsTest {

  @ParameterizedTest
  @CsvSource({"-1, 0", "0, 0", "0.01, 0", "0.011, 1", "0.012, 1", "0.0121, 2", "1e9, 88"})
  void of_time_isItsBucket(double seconds, int bucket) {
    assertThat(TimeBuckets.of(seconds)).isEqualTo(bucket);
  }

  @Test
  void seconds_ofAnyTimesBucket_isWithinTenPercent() {
    for (double seconds = TimeBuckets.SHORTEST_SECONDS; seconds < 86_400; seconds *= 1.0007) {
      assertThat(TimeBuckets.seconds(TimeBuckets.of(seconds)))
          .describedAs("%s", seconds)
          .isBetween(seconds * 0.9, seconds * 1.1001);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void quantile_ofMergedNodes_isThatOfAllTimesWithinTenPercent(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<Double> all = new ArrayList<>();
    Map<Integer, Double> merged = new HashMap<>();
    for (int node = 0; node < 20; node++) {
      // Nodes of different speed and load: the mean of their quantiles would be far off.
      double typical = Math.exp(random.nextDouble(-2, 6));
      for (int i = random.nextInt(1, 400); i > 0; i--) {
        double seconds = typical * Math.exp(random.nextGaussian() / 2);
        all.add(seconds);
        merged.merge(TimeBuckets.of(seconds), 1.0, Double::sum);
      }
    }
    all.sort(null);
    for (double quantile : new double[] {0.01, 0.5, 0.9, 0.99, 1}) {
      double exact = all.get((int) Math.ceil(quantile * all.size()) - 1);
      assertThat(TimeBuckets.quantile(quantile, merged))
          .isBetween(exact * 0.9, Math.max(exact * 1.1001, TimeBuckets.SHORTEST_SECONDS));
    }
  }

  @Test
  void quantile_longerThanADay_isTheLastBuckets() {
    assertThat(TimeBuckets.quantile(0.9, Map.of(TimeBuckets.LAST, 2.0)))
        .isEqualTo(TimeBuckets.seconds(TimeBuckets.LAST));
  }
}
