package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class QueueSweepTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final QueueAnswer.Depth DEPTH = new QueueAnswer.Depth(1, 0);
  private static final QueueAnswer.None TIMEOUT = new QueueAnswer.None(QueueProblem.TIMEOUT);

  @Test
  void next_handsOutEachOnce_suspectsLast() {
    var sweep = new QueueSweep(List.of("a", "b", "c"), Set.of("a"), 1);

    assertThat(List.of(next(sweep), next(sweep), next(sweep))).containsExactly("b", "c", "a");
    assertThat(sweep.next()).isNull();
    assertThat(sweep.isGoingOn()).isFalse();
  }

  private static String next(QueueSweep sweep) {
    String queue = sweep.next();
    return queue == null ? "" : queue;
  }

  @Test
  void await_allWorkersGone_hasTheAnswers() {
    var sweep = new QueueSweep(List.of("a"), Set.of(), 1);
    sweep.next();
    sweep.answer("a", DEPTH);
    sweep.leave();

    assertThat(sweep.await(LONG, LONG)).isEqualTo(Map.of("a", DEPTH));
  }

  @Test
  void await_noWorkerLeftWhileQueuesAre_isNull() {
    var sweep = new QueueSweep(List.of("a", "b"), Set.of(), 1);
    sweep.next();
    sweep.answer("a", DEPTH);
    sweep.leave();

    assertThat(sweep.await(LONG, LONG)).isNull();
  }

  @Test
  void await_timeUp_blamesOnlyWhatWasAskedFor_andTakesNothingMore() {
    var sweep = new QueueSweep(List.of("a", "b", "c"), Set.of(), 1);
    sweep.next();
    sweep.answer("a", DEPTH);
    sweep.next();

    Map<String, QueueAnswer> answers = sweep.await(SHORT, LONG);
    sweep.answer("b", DEPTH);

    assertThat(answers).isEqualTo(Map.of("a", DEPTH, "b", TIMEOUT));
    assertThat(sweep.next()).isNull();
    assertThat(sweep.isGoingOn()).isFalse();
  }

  @Test
  void await_onlySuspectsLeft_isShort() {
    var sweep = new QueueSweep(List.of("a", "b"), Set.of("a"), 2);
    sweep.next();
    sweep.next();
    sweep.answer("b", DEPTH);

    assertThat(sweep.await(LONG, SHORT)).isEqualTo(Map.of("a", TIMEOUT, "b", DEPTH));
  }

  @Test
  void await_interrupted_endsAndKeepsTheInterrupt() {
    var sweep = new QueueSweep(List.of("a"), Set.of(), 1);
    sweep.next();
    Thread.currentThread().interrupt();

    assertThat(sweep.await(LONG, LONG)).isEqualTo(Map.of("a", TIMEOUT));
    assertThat(Thread.interrupted()).isTrue();
  }
}
