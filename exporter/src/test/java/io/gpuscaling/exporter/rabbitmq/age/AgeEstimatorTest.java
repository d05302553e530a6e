package io.gpuscaling.exporter.rabbitmq.age;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.exporter.rabbitmq.age.QueueLook.Arrivals;
import org.junit.jupiter.api.Test;

/** Traces of single cases: one look each second, at which the counter was read 10 ms before. */
final class AgeEstimatorTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long GAP = SECOND / 100;

  private final AgeEstimator estimator = new AgeEstimator(2 * SECOND);
  private long now = 100 * SECOND;
  private QueueOrder order = QueueOrder.FIRST_IN;
  private long redelivered;

  private AgeEstimate look(long ready, long published, long delivered, long outstanding) {
    now += SECOND;
    return estimator.observe(
        new QueueLook(
            now,
            ready,
            new Arrivals(published, delivered, now - GAP),
            outstanding,
            redelivered,
            order));
  }

  private AgeEstimate look(long ready, long published) {
    return look(ready, published, 0, 0);
  }

  private AgeEstimate lookAtReadyOnly(long ready) {
    now += SECOND;
    return estimator.observe(QueueLook.ofReady(now, ready));
  }

  private static AgeEstimate age(double seconds, Exactness exactness) {
    return new AgeEstimate.Age(Math.round(seconds * 1e9), exactness);
  }

  private static Exactness exactness(AgeEstimate estimate) {
    assertThat(estimate).isInstanceOf(AgeEstimate.Age.class);
    return ((AgeEstimate.Age) estimate).exactness();
  }

  @Test
  void observe_emptyQueue_hasNoAge() {
    assertThat(look(0, 5)).isEqualTo(new AgeEstimate.Empty());
    assertThat(look(0, 9)).isEqualTo(new AgeEstimate.Empty());
  }

  @Test
  void observe_burstWithoutConsumers_agesFromTheMiddleOfItsLooks() {
    look(0, 5);
    assertThat(look(100, 105)).isEqualTo(age(0.505, Exactness.EXACT));
    assertThat(look(100, 105)).isEqualTo(age(1.505, Exactness.EXACT));
    assertThat(look(300, 305)).isEqualTo(age(2.505, Exactness.EXACT));
  }

  @Test
  void observe_consumption_headMovesToTheNextBurst() {
    look(0, 0);
    look(2, 2);
    look(4, 4);
    look(4, 4);
    assertThat(look(3, 4)).isEqualTo(age(3.505, Exactness.EXACT));
    assertThat(look(2, 4)).isEqualTo(age(3.505, Exactness.EXACT));
    assertThat(look(0, 4)).isEqualTo(new AgeEstimate.Empty());
  }

  @Test
  void observe_burstBetweenCounterAndReady_isTheCountersNextRise() {
    look(0, 0);
    // The counter did not have it yet: it has come since the counter's last reading at most.
    assertThat(look(7, 0)).isEqualTo(age(0.505, Exactness.EXACT));
    assertThat(look(7, 7)).isEqualTo(age(1.505, Exactness.EXACT));
    assertThat(look(0, 7)).isEqualTo(new AgeEstimate.Empty());
    assertThat(look(1, 8)).isEqualTo(age(0.505, Exactness.EXACT));
  }

  @Test
  void observe_backlogAtTheStart_isALowerBoundUntilItHasDrained() {
    look(3, 500);
    assertThat(look(3, 500)).isEqualTo(age(1, Exactness.LOWER_BOUND));
    look(4, 501);
    assertThat(look(2, 501)).isEqualTo(age(3, Exactness.LOWER_BOUND));
    assertThat(look(1, 501)).isEqualTo(age(2.505, Exactness.EXACT));
  }

  @Test
  void observe_expiryAndPurge_takeTheOldestWithoutACounter() {
    look(0, 0);
    for (int i = 1; i <= 30; i++) {
      look(i, i);
    }
    // Each message expires after 20 s.
    assertThat(look(20, 31)).isEqualTo(age(19.505, Exactness.EXACT));
    assertThat(look(1, 32)).isEqualTo(age(0.505, Exactness.EXACT));
  }

  @Test
  void observe_messagesGivenBack_areOldAgainAndAnEstimate() {
    look(0, 0);
    look(2, 2, 0, 0);
    assertThat(look(0, 2, 2, 2)).isEqualTo(new AgeEstimate.Empty());
    for (int i = 0; i < 60; i++) {
      look(0, 2, 2, 2);
    }
    assertThat(look(2, 2, 2, 0)).isEqualTo(age(63.01, Exactness.ESTIMATE));
    assertThat(look(1, 2, 2, 1)).isEqualTo(age(64.01, Exactness.ESTIMATE));
    look(0, 2, 2, 2);
    assertThat(look(1, 3, 2, 2)).isEqualTo(age(0.505, Exactness.EXACT));
  }

  /** Two tasks run for a minute; then a message arrives between the looks at counter and depth. */
  @Test
  void observe_arrivalAfterTheCounter_isNotTakenForOneThatCameBack_whenItIsReadAgain() {
    look(0, 0);
    look(2, 2);
    for (int i = 0; i < 60; i++) {
      look(0, 2, 2, 2);
    }
    assertThat(estimator.isAmbiguous(2, 0)).isFalse();
    assertThat(estimator.isAmbiguous(3, 1)).isFalse();
    assertThat(estimator.isAmbiguous(2, 1)).isTrue();
    now += SECOND;
    var again = new Arrivals(2, 2, now - GAP, 1);
    assertThat(estimator.observe(new QueueLook(now, 1, again, 2, 0, order)))
        .isEqualTo(age(0.505, Exactness.EXACT));

    assertThat(look(1, 3, 2, 2)).isEqualTo(age(1.505, Exactness.EXACT));
    assertThat(look(0, 3, 3, 2)).isEqualTo(new AgeEstimate.Empty());
    // What nobody has counted meanwhile did come back.
    now += SECOND;
    assertThat(
            estimator.observe(new QueueLook(now, 1, new Arrivals(3, 3, now - GAP, 0), 2, 0, order)))
        .satisfies(it -> assertThat(exactness(it)).isEqualTo(Exactness.ESTIMATE));
  }

  /** Both at once: for one look the younger one is taken for the head, and then no more. */
  @Test
  void observe_oneCameBackAndOneArrivedAfterReady_isRightAtTheNextLook() {
    look(0, 0);
    look(2, 2);
    for (int i = 0; i < 60; i++) {
      look(0, 2, 2, 2);
    }
    now += SECOND;
    estimator.observe(new QueueLook(now, 1, new Arrivals(2, 2, now - GAP, 1), 2, 0, order));

    AgeEstimate next = look(2, 3, 2, 1);

    assertThat(exactness(next)).isEqualTo(Exactness.ESTIMATE);
    assertThat(((AgeEstimate.Age) next).ageNanos()).isGreaterThan(60 * SECOND);
  }

  @Test
  void observe_deadLetters_areAnUpperBoundUntilEmpty() {
    look(0, 0);
    look(3, 0);
    assertThat(look(3, 0)).isEqualTo(age(2.01, Exactness.UPPER_BOUND));
    assertThat(look(5, 0)).isEqualTo(age(3.01, Exactness.UPPER_BOUND));
    // The first three have left.
    assertThat(look(2, 0)).isEqualTo(age(2.01, Exactness.UPPER_BOUND));
    look(0, 0);
    assertThat(look(1, 1)).isEqualTo(age(0.505, Exactness.EXACT));
  }

  @Test
  void observe_deadLettersHiddenByConsumption_areFoundByDeliveries() {
    look(0, 0, 0, 0);
    look(1, 1, 0, 0);
    // Each second a message arrives uncounted and one is delivered: ready stays the same.
    for (int i = 1; i <= 5; i++) {
      look(1, 1, i, 0);
    }
    assertThat(exactness(look(1, 1, 6, 0))).isEqualTo(Exactness.UPPER_BOUND);
  }

  @Test
  void observe_readyOnly_isAnUpperBoundFromItsRises() {
    assertThat(lookAtReadyOnly(3)).isEqualTo(new AgeEstimate.Undetermined());
    assertThat(lookAtReadyOnly(5)).isEqualTo(new AgeEstimate.Undetermined());
    assertThat(lookAtReadyOnly(2)).isEqualTo(age(2, Exactness.UPPER_BOUND));
    lookAtReadyOnly(0);
    lookAtReadyOnly(1);
    assertThat(lookAtReadyOnly(2)).isEqualTo(age(2, Exactness.UPPER_BOUND));
    assertThat(lookAtReadyOnly(1)).isEqualTo(age(2, Exactness.UPPER_BOUND));
  }

  @Test
  void observe_counterThatComesAndGoes_isExactAgainOnceEmpty() {
    lookAtReadyOnly(0);
    assertThat(look(1, 40)).isEqualTo(age(1, Exactness.UPPER_BOUND));
    look(0, 40);
    assertThat(exactness(look(1, 41))).isEqualTo(Exactness.EXACT);
    assertThat(exactness(lookAtReadyOnly(2))).isEqualTo(Exactness.UPPER_BOUND);
    assertThat(exactness(look(2, 42))).isEqualTo(Exactness.UPPER_BOUND);
    look(0, 42);
    assertThat(exactness(look(1, 43))).isEqualTo(Exactness.EXACT);
  }

  @Test
  void observe_lateCounter_isNoMoreThanABound() {
    look(0, 0);
    now += SECOND;
    var late = new Arrivals(3, 0, now - 3 * SECOND);
    assertThat(exactness(estimator.observe(new QueueLook(now, 3, late, 0, 0, QueueOrder.FIRST_IN))))
        .isEqualTo(Exactness.UPPER_BOUND);
  }

  @Test
  void observe_longPauseBetweenLooks_isAnUpperBound() {
    look(0, 0);
    now += 30 * SECOND;
    assertThat(look(1, 1)).isEqualTo(age(31.01, Exactness.UPPER_BOUND));
  }

  @Test
  void observe_priorities_areExactOnlyRightAfterAnEmptyQueue() {
    order = QueueOrder.BY_PRIORITY;
    look(0, 0);
    assertThat(look(1, 1)).isEqualTo(age(1, Exactness.EXACT));
    for (int i = 2; i <= 10; i++) {
      // The newest is taken each time; the first one starves.
      look(1, i);
    }
    assertThat(look(1, 11)).isEqualTo(age(0, Exactness.LOWER_BOUND));
  }

  @Test
  void observe_queueThatPutsBackAtTheTail_isALowerBoundAfterARedelivery() {
    order = QueueOrder.RETURNS_TO_TAIL;
    look(0, 0);
    look(2, 2);
    look(3, 3);
    assertThat(exactness(look(3, 3))).isEqualTo(Exactness.EXACT);
    redelivered = 1;
    assertThat(exactness(look(2, 3))).isEqualTo(Exactness.LOWER_BOUND);
    look(0, 3);
    assertThat(exactness(look(1, 4))).isEqualTo(Exactness.EXACT);
  }

  @Test
  void observe_hoursOfArrivals_needBoundedMemoryAndStayNear() {
    look(0, 0);
    for (int i = 1; i <= 20_000; i++) {
      look(i, i);
    }
    for (int age = 20_000; age > 0; age -= 501) {
      AgeEstimate estimate = look(age, 20_000);
      double seconds = ((AgeEstimate.Age) estimate).ageNanos() / 1e9;
      double truth = age + (20_000 - age) / 501 + 1.0;
      assertThat(seconds).isBetween(truth - 0.6, truth * 1.15 + 1.1);
    }
  }
}
