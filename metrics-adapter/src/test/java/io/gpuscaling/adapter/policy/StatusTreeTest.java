package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.policy.RecordedStatus.SeenOverride;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Change;
import io.gpuscaling.policy.state.Pause;
import io.gpuscaling.policy.state.Pending;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StatusTreeTest {

  private static final Instant NOW = Instant.parse("2026-11-25T03:12:00.123456789Z");

  @Test
  void whatIsWritten_isReadBackTheSame() {
    var status =
        new RecordedStatus(
            7,
            "Paused",
            OptionalInt.of(4),
            OptionalInt.of(6),
            List.of(
                new Condition(
                    Condition.READY, true, "Steering", "it does", Instant.ofEpochSecond(9))),
            new Actions(
                Optional.of(new Pending(NOW, 4, 6, false, true)),
                OptionalInt.of(8),
                List.of(new Change(NOW, 2, 4, false)),
                Optional.of(new Pause(NOW, NOW.plusSeconds(60), Pause.Cause.ACTIONS)),
                NOW),
            Optional.of(new SeenOverride("pause", NOW, NOW.plusSeconds(5))),
            new DegradationState(
                2, Optional.of(NOW), Optional.of(NOW.minusSeconds(9)), Optional.empty()),
            Map.of("reason", "RuleBreached"),
            List.of(Map.of("phase", "Held", "desiredReplicas", 6)));

    assertThat(StatusTree.read(StatusTree.of(status))).isEqualTo(status);
  }

  @Test
  void whatCannotBeRead_countsAsNotWritten() {
    assertThat(StatusTree.read(null)).isEqualTo(RecordedStatus.NONE);
    assertThat(StatusTree.read("text")).isEqualTo(RecordedStatus.NONE);
    RecordedStatus read =
        StatusTree.read(
            Map.of(
                "state", 5,
                "conditions", List.of("x", Map.of("type", "Ready", "lastTransitionTime", "never")),
                "actions", Map.of("pending", "soon"),
                "override", Map.of("order", "pause", "since", "never", "until", "never"),
                "degradation", Map.of("level", 9),
                "decision", "none"));
    assertThat(read.state()).isEmpty();
    assertThat(read.actions()).isEqualTo(Actions.NONE);
    assertThat(read.override()).isEmpty();
    assertThat(read.degradation()).isEqualTo(DegradationState.NONE);
    assertThat(read.condition("Ready").orElseThrow().since()).isEqualTo(Instant.EPOCH);
  }

  @Test
  void budget_letsABurstThrough_thenOneASecond() {
    long second = 1_000_000_000L;
    var budget = new WriteBudget(0);
    int taken = 0;
    while (budget.take(0)) {
      taken++;
    }
    assertThat(taken).isEqualTo(50);
    assertThat(budget.take(second / 2)).isFalse();
    assertThat(budget.take(2 * second)).isTrue();
    assertThat(budget.take(2 * second)).isTrue();
    assertThat(budget.take(2 * second)).isFalse();
  }
}
