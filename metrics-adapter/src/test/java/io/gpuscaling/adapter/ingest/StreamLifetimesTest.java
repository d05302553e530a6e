package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StreamLifetimesTest {

  private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
  private static final Duration MAX_AGE = Duration.ofMinutes(5);
  private static final Duration MARGIN = Duration.ofSeconds(5);

  private final StreamLifetimes lifetimes =
      new StreamLifetimes(MAX_AGE, MARGIN, new SplittableRandom(1));

  @Test
  void next_noCredentialEnd_isSpreadOverTheLastFifthOfTheLongestAge() {
    var all = Stream.generate(() -> lifetimes.next(Optional.empty(), NOW)).limit(1000).toList();
    assertThat(all).allMatch(it -> it.compareTo(MAX_AGE) <= 0);
    assertThat(all).allMatch(it -> it.compareTo(MAX_AGE.multipliedBy(4).dividedBy(5)) >= 0);
    assertThat(all.stream().distinct().count()).isGreaterThan(900);
  }

  @Test
  void next_credentialEndsBefore_isWhatIsLeftLessTheMargin() {
    assertThat(lifetimes.next(Optional.of(NOW.plusSeconds(65)), NOW))
        .isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void next_credentialEndsWithinTheMargin_isZero() {
    assertThat(lifetimes.next(Optional.of(NOW.plusSeconds(3)), NOW)).isZero();
    assertThat(lifetimes.next(Optional.of(NOW.minusSeconds(3)), NOW)).isZero();
  }

  @Test
  void next_credentialEndsLater_isTheAge() {
    assertThat(lifetimes.next(Optional.of(NOW.plusSeconds(3600)), NOW))
        .isBetween(MAX_AGE.multipliedBy(4).dividedBy(5), MAX_AGE);
  }
}
