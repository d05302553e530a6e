package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.rabbitmq.stats.QueueCounters;
import org.junit.jupiter.api.Test;

final class RateWindowTest {

  private static final long SECOND = 1_000_000_000L;

  private final RateWindow window = new RateWindow();

  private void add(double second, long published) {
    window.add((long) (second * SECOND), new QueueCounters(published, 0, 0, 0));
  }

  @Test
  void perSecond_steadyRate_isThatRate() {
    for (int i = 0; i < 100; i++) {
      add(i * 0.5, i * 10L);
    }
    assertThat(window.perSecond(QueueCounters::published)).hasValue(20);
    assertThat(window.perSecond(QueueCounters::delivered)).hasValue(0);
  }

  @Test
  void perSecond_shortTime_isUnknown() {
    add(0, 0);
    add(4.9, 100);
    assertThat(window.perSecond(QueueCounters::published)).isEmpty();
    add(6, 120);
    assertThat(window.perSecond(QueueCounters::published)).hasValue(20);
  }

  @Test
  void perSecond_whatIsLongAgo_doesNotCount() {
    add(0, 0);
    for (int i = 1; i <= 60; i++) {
      add(i, 600);
    }
    assertThat(window.perSecond(QueueCounters::published)).hasValue(0);
  }

  @Test
  void perSecond_afterClear_isUnknown() {
    add(0, 0);
    add(10, 100);
    window.clear();
    assertThat(window.perSecond(QueueCounters::published)).isEmpty();
  }

  @Test
  void perSecond_counterThatFalls_isNeverNegative() {
    add(0, 100);
    add(10, 50);
    assertThat(window.perSecond(QueueCounters::published)).hasValue(0);
  }
}
