package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class QueueWatchTest {

  private static final long SECOND = 1_000_000_000L;
  private static final QueueAnswer EMPTY = new QueueAnswer.Depth(0, 0);
  private static final SampleValue UNCONFIRMED = SampleValue.unknown(UnknownReason.UNCONFIRMED);

  // Near the overflow on purpose.
  private long now = Long.MAX_VALUE - 5 * SECOND;
  private final QueueWatch watch = new QueueWatch(Duration.ofSeconds(10), now);

  private void observe(long afterSeconds, QueueAnswer answer) {
    now += afterSeconds * SECOND;
    watch.observe(answer, SecondOpinion.NONE, now);
  }

  private void assertBoth(SampleValue expected) {
    assertThat(watch.ready()).isEqualTo(expected);
    assertThat(watch.consumers()).isEqualTo(expected);
  }

  @Test
  void nothingYet_isStarting() {
    assertBoth(SampleValue.unknown(UnknownReason.STARTING));
    assertThat(watch.isDue(now)).isTrue();
  }

  @Test
  void depth_isBelievedAtOnce() {
    observe(1, new QueueAnswer.Depth(50, 3));

    assertThat(watch.ready()).isEqualTo(SampleValue.exact(50));
    assertThat(watch.consumers()).isEqualTo(SampleValue.exact(3));
    assertThat(watch.observedAtNanos()).isEqualTo(now);
  }

  @Test
  void zeroReadyWithConsumers_isBelievedAtOnce() {
    observe(1, new QueueAnswer.Depth(50, 3));
    observe(1, new QueueAnswer.Depth(0, 3));

    assertThat(watch.ready()).isEqualTo(SampleValue.exact(0));
    assertThat(watch.consumers()).isEqualTo(SampleValue.exact(3));
  }

  @Test
  void readyWithoutConsumers_isBelievedAtOnce() {
    observe(1, new QueueAnswer.Depth(0, 3));
    observe(1, new QueueAnswer.Depth(4, 0));

    assertThat(watch.consumers()).isEqualTo(SampleValue.exact(0));
  }

  @Test
  void lostLeader_neverGivesAZero() {
    observe(1, new QueueAnswer.Depth(50, 3));
    for (int i = 0; i < 8; i++) {
      observe(1, EMPTY);
      assertBoth(UNCONFIRMED);
    }
    observe(1, new QueueAnswer.Depth(50, 0));

    assertThat(watch.ready()).isEqualTo(SampleValue.exact(50));
  }

  @Test
  void emptyQueue_isBelievedAfterMoreThanTheConfirmationTime() {
    observe(1, new QueueAnswer.Depth(1, 1));
    observe(1, EMPTY);
    observe(5, EMPTY);
    observe(5, EMPTY);
    assertBoth(UNCONFIRMED);
    observe(1, EMPTY);
    assertBoth(SampleValue.exact(0));
    observe(60, EMPTY);
    assertBoth(SampleValue.exact(0));
  }

  @Test
  void fewAnswers_doNotConfirmHoweverLongTheyTake() {
    observe(1, EMPTY);
    observe(60, EMPTY);
    assertBoth(UNCONFIRMED);
    observe(1, EMPTY);
    assertBoth(SampleValue.exact(0));
  }

  @Test
  void anythingElseBetween_beginsTheConfirmationAnew() {
    for (QueueAnswer between :
        new QueueAnswer[] {
          new QueueAnswer.Depth(1, 0),
          new QueueAnswer.Depth(0, 1),
          new QueueAnswer.None(QueueProblem.TIMEOUT)
        }) {
      observe(1, EMPTY);
      observe(6, EMPTY);
      observe(3, between);
      observe(6, EMPTY);
      observe(6, EMPTY);
      assertBoth(UNCONFIRMED);
      observe(6, EMPTY);
      assertBoth(SampleValue.exact(0));
      observe(1, new QueueAnswer.Depth(1, 0));
    }
  }

  @Test
  void lostConnection_makesEvenAConfirmedZeroDoubtful() {
    for (int i = 0; i < 20; i++) {
      observe(1, EMPTY);
    }
    assertBoth(SampleValue.exact(0));

    watch.lose(UnknownReason.UNREACHABLE, now);
    assertBoth(SampleValue.unknown(UnknownReason.UNREACHABLE));
    observe(1, EMPTY);

    assertBoth(UNCONFIRMED);
  }

  @ParameterizedTest
  @EnumSource(QueueProblem.class)
  void problem_isUnknownAndLeavesTheQueueAloneForLongerEachTime(QueueProblem problem) {
    long before = 0;
    for (int i = 0; i < 40; i++) {
      watch.observe(new QueueAnswer.None(problem), SecondOpinion.NONE, now);
      assertBoth(SampleValue.unknown(problem.reason()));
      long wait = 0;
      while (!watch.isDue(now + wait * SECOND / 2)) {
        wait++;
      }
      assertThat(wait).isPositive().isGreaterThanOrEqualTo(before);
      assertThat(wait * SECOND / 2).isLessThanOrEqualTo(problem.longestBackOff().toNanos());
      before = wait;
      now += wait * SECOND / 2;
    }
    assertThat(before * SECOND / 2).isEqualTo(problem.longestBackOff().toNanos());

    watch.observe(new QueueAnswer.Depth(1, 0), SecondOpinion.NONE, now);
    assertThat(watch.isDue(now)).isTrue();
    watch.observe(new QueueAnswer.None(problem), SecondOpinion.NONE, now);
    assertThat(watch.isDue(now + SECOND)).isTrue();
  }

  @Test
  void lostConnection_endsTheBackOff() {
    watch.observe(new QueueAnswer.None(QueueProblem.MISSING), SecondOpinion.NONE, now);
    assertThat(watch.isDue(now)).isFalse();

    watch.lose(UnknownReason.UNREACHABLE, now);

    assertThat(watch.isDue(now)).isTrue();
  }
}
