package io.gpuscaling.policy.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class RuleWindowTest {

  private static final Instant START = Instant.parse("2026-03-02T12:00:00Z");

  @Test
  void skippedEvaluations_haveNoDataPoint_andPushOutWhatIsOlder() {
    RuleWindow window = RuleWindow.EMPTY.with(sampled(0), 0, 3).with(sampled(60), 1, 3);
    assertThat(window.slots()).hasSize(3);
    assertThat(window.slots().get(0))
        .hasValueSatisfying(it -> assertThat(it.value()).isEqualTo(60));
    assertThat(window.slots().get(1)).isEmpty();
    assertThat(window.slots().get(2)).hasValueSatisfying(it -> assertThat(it.value()).isZero());

    RuleWindow late = window.with(sampled(600), 9, 3);
    assertThat(late.slots()).hasSize(3);
    assertThat(late.newest()).isPresent();
    assertThat(late.slots().subList(1, 3)).allSatisfy(it -> assertThat(it).isEmpty());
  }

  /** A value that is the second of its observation. */
  private static Observation sampled(long second) {
    return new Observation.Sampled(START.plusSeconds(second), second, Exactness.EXACT, "test");
  }
}
