package io.gpuscaling.exporter.rabbitmq.age;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ArrivalHistoryTest {

  private final ArrivalHistory history = new ArrivalHistory();

  @Test
  void arrivalOf_eachMessageOfAStep_isThatStep() {
    history.add(3, 0, 10);
    history.add(5, 20, 30);

    for (int message = 1; message <= 5; message++) {
      assertThat(history.arrivalOf(message))
          .isEqualTo(
              message <= 3
                  ? new ArrivalHistory.Bracket(0, 10)
                  : new ArrivalHistory.Bracket(20, 30));
    }
  }

  @Test
  void add_moreThanItHolds_staysBoundedAndNeverYounger() {
    for (int i = 1; i <= 100_000; i++) {
      history.add(i, 10L * (i - 1), 10L * i);
      assertThat(history.size()).isLessThanOrEqualTo(ArrivalHistory.MAX_STEPS);
    }
    for (int message = 1; message <= 100_000; message += 37) {
      ArrivalHistory.Bracket arrival = history.arrivalOf(message);
      assertThat(arrival.fromNanos()).isLessThanOrEqualTo(10L * (message - 1));
      assertThat(arrival.toNanos()).isGreaterThanOrEqualTo(10L * message);
      double age = 1_000_000 - arrival.toNanos();
      assertThat((double) (arrival.toNanos() - arrival.fromNanos()))
          .isLessThanOrEqualTo(10 + age / 8);
    }
  }

  @Test
  void forgetSince_dropsYoungerSteps() {
    history.add(1, 0, 10);
    history.add(2, 10, 20);
    history.add(3, 20, 30);

    history.forgetSince(10);
    history.add(4, 10, 40);

    assertThat(history.arrivalOf(1)).isEqualTo(new ArrivalHistory.Bracket(0, 10));
    assertThat(history.arrivalOf(2)).isEqualTo(new ArrivalHistory.Bracket(10, 40));
    assertThat(history.size()).isEqualTo(2);
  }
}
