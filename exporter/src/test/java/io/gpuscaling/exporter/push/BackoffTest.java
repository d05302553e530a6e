package io.gpuscaling.exporter.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BackoffTest {

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
  private final Backoff backoff = new Backoff(random);

  @Test
  void after_oneFailureAfterAnother_doublesUpToTheLimit() {
    long step = 200;
    for (int i = 0; i < 12; i++) {
      assertThat(backoff.after(Status.Code.UNAVAILABLE, Duration.ZERO))
          .isBetween(Duration.ofMillis(step / 10), Duration.ofMillis(step));
      step = Math.min(step * 2, Backoff.LIMIT.toMillis());
    }
  }

  @Test
  void after_manyAtTheLimit_areSpread() {
    for (int i = 0; i < 10; i++) {
      var _ = backoff.after(Status.Code.UNAVAILABLE, Duration.ZERO);
    }
    long distinct =
        Stream.generate(() -> backoff.after(Status.Code.UNAVAILABLE, Duration.ZERO))
            .limit(100)
            .distinct()
            .count();
    assertThat(distinct).isGreaterThan(80);
  }

  @Test
  void after_aStreamThatHasWorked_beginsAnew() {
    for (int i = 0; i < 10; i++) {
      var _ = backoff.after(Status.Code.UNAVAILABLE, Duration.ZERO);
    }
    assertThat(backoff.after(Status.Code.UNAVAILABLE, Backoff.SETTLED))
        .isLessThanOrEqualTo(Duration.ofMillis(200));
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"OK", "ABORTED"})
  void after_aStreamThatHasWorkedWasEnded_isAtOnce(Status.Code code) {
    assertThat(backoff.after(code, Backoff.SETTLED)).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"OK", "ABORTED"})
  void after_takenAndEndedAgainAndAgain_backsOff(Status.Code code) {
    Duration total = Duration.ZERO;
    for (int i = 0; i < 20; i++) {
      total = total.plus(backoff.after(code, Backoff.SETTLED.minusNanos(1)));
    }
    // Two exporters that displace each other do not spin.
    assertThat(total).isGreaterThan(Duration.ofSeconds(30));
  }
}
