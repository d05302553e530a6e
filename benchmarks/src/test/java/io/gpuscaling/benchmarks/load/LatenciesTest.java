package io.gpuscaling.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatenciesTest {

  private static final double LARGEST_ERROR = 1.0 / 64;

  private final Latencies latencies = new Latencies();

  @Test
  void quantile_withoutLatencies_isZero() {
    assertThat(latencies.quantile(0.99)).isZero();
    assertThat(latencies.mean()).isZero();
  }

  @Test
  void quantile_ofSmallNumbers_isExact() {
    for (int nanos = 1; nanos <= 100; nanos++) {
      latencies.add(nanos);
    }

    assertThat(latencies.quantile(0.5)).isEqualTo(Duration.ofNanos(50));
    assertThat(latencies.quantile(0.99)).isEqualTo(Duration.ofNanos(99));
    assertThat(latencies.quantile(1)).isEqualTo(Duration.ofNanos(100));
    assertThat(latencies.mean()).isEqualTo(Duration.ofNanos(50));
  }

  @Test
  void quantile_ofRandomNumbers_isNeverTooSmallAndHardlyTooLarge() {
    var random = new SplittableRandom(20260501);
    long[] all = random.longs(10_000, 1, 60_000_000_000L).toArray();
    Arrays.stream(all).forEach(latencies::add);
    Arrays.sort(all);

    for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1}) {
      long exact = all[(int) Math.ceil(share * all.length) - 1];
      assertThat(latencies.quantile(share).toNanos())
          .isBetween(exact, (long) (exact * (1 + LARGEST_ERROR)));
    }
  }

  @Test
  void add_ofTheLargestAndOfNegativeTimes_isCounted() {
    latencies.add(Long.MAX_VALUE);
    latencies.add(-5);

    assertThat(latencies.count()).isEqualTo(2);
    assertThat(latencies.quantile(0.5)).isZero();
    assertThat(latencies.quantile(1)).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
  }
}
