package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.cpuRule;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.queueRule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.PolicyName;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A policy as a whole, and what it is told. */
final class PolicyRecordTest {

  @Test
  void policy_twoRulesOfOneName_isRefused() {
    assertThatThrownBy(() -> gpuWorkers().rules(queueRule(), cpuRule(), queueRule()).policy())
        .hasMessageContaining("queue");
  }

  @Test
  void policy_withAnotherInterval_isElseTheSame() {
    Policy policy = gpuWorkers().policy();
    Policy slower = policy.withEvaluationInterval(Duration.ofMinutes(1));
    assertThat(slower.evaluationInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(slower.withEvaluationInterval(policy.evaluationInterval())).isEqualTo(policy);
    assertThatThrownBy(() -> policy.withEvaluationInterval(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(policy.target()).hasToString("Deployment/ai-gpu-worker");
  }

  @Test
  void policyNames_areOrderedByNamespace() {
    assertThat(
            Stream.of(new PolicyName("b", "a"), new PolicyName("a", "z"), new PolicyName("a", "b"))
                .sorted())
        .map(PolicyName::toString)
        .containsExactly("a/b", "a/z", "b/a");
  }

  @Test
  void observations_thatCannotBe_areRefused() {
    assertThatThrownBy(
            () -> new Observation.Sampled(Instant.EPOCH, Double.NaN, Exactness.EXACT, "test"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Observations.of(Map.of(), -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Observations.of(Map.of(), 4).withQuota(OptionalInt.of(3)).quota()).hasValue(3);
  }
}
