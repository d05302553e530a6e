package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.lease.LeaseState.DrainingPod;
import io.gpuscaling.exporter.lease.LeaseState.EndedTask;
import io.gpuscaling.exporter.lease.LeaseState.HeldSession;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseStateTest {

  private static final PodIdentity POD = new PodIdentity("ai", "worker", "uid-1");

  @Test
  void isEmpty_onlyWhenNothingOfAnyKindIsKnown() {
    assertThat(new LeaseState(List.of(), List.of(), List.of()).isEmpty()).isTrue();
    assertThat(
            new LeaseState(List.of(new HeldSession(POD, "s", 1, List.of())), List.of(), List.of())
                .isEmpty())
        .isFalse();
    assertThat(new LeaseState(List.of(), List.of(new EndedTask(POD, "t", 1)), List.of()).isEmpty())
        .isFalse();
    assertThat(new LeaseState(List.of(), List.of(), List.of(new DrainingPod(POD, 1))).isEmpty())
        .isFalse();
  }
}
