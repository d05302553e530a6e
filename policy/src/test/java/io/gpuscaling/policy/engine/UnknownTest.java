package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is not known raises nothing and lowers nothing, and is said. */
final class UnknownTest {

  @Test
  void oneRuleUnknown_theOtherAgrees_lowersNothing() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 0).missing("cpu");
    Decision decision = workers.steps(3);
    assertThat(decision.action()).isEqualTo(Action.NONE);
    assertThat(decision.reason()).isEqualTo(Reason.RULE_UNKNOWN);
    assertThat(decision.served()).contains(4);
  }

  @Test
  void oneRuleUnknown_theOtherBreaches_raises() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 500).missing("cpu");
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
  }

  @Test
  void ruleUnknown_theOtherWithinItsBand_isSteady() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 50).missing("cpu");
    assertThat(workers.step().reason()).isEqualTo(Reason.WITHIN_BAND);
  }

  @Test
  void allRulesUnknown_servesNothing() {
    Scenario workers = new Scenario(gpuWorkers(), 4).missing("queue");
    Decision decision = workers.steps(2);
    assertThat(decision.phase()).isEqualTo(Phase.UNKNOWN);
    assertThat(decision.reason()).isEqualTo(Reason.ALL_UNKNOWN);
    assertThat(decision.served()).isEmpty();
    assertThat(decision.desiredReplicas()).isEqualTo(4);
  }

  @Test
  void missingForOneEvaluation_agreesNoMore_untilAPointIsThere() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 0).value("cpu", 50);
    workers.step();
    workers.value("cpu", 0).missing("queue");
    Decision decision = workers.step();
    assertThat(decision.action()).isEqualTo(Action.NONE);
    assertThat(decision.reason()).isEqualTo(Reason.NOT_FRESH);
    workers.value("queue", 0);
    assertThat(workers.step().desiredReplicas()).isEqualTo(3);
  }

  @Test
  void sameObservationTwice_isOneDataPoint() {
    PolicyFixture policy = gpuWorkers().rules(rule("queue", upOnly(100, 1), 2, 2));
    Scenario workers = new Scenario(policy, 4);
    Map<String, Observation> once = observed(Scenario.START, 500);
    workers.step(once);
    assertThat(workers.step(once).action()).isEqualTo(Action.NONE);
    assertThat(workers.step(once).reason()).isEqualTo(Reason.ALL_UNKNOWN);
    workers.step(observed(Scenario.START.plusSeconds(45), 500));
    assertThat(workers.step(observed(Scenario.START.plusSeconds(60), 500)).desiredReplicas())
        .isEqualTo(5);
  }

  @Test
  void evaluationsLeftOut_countAsMissing() {
    PolicyFixture policy = gpuWorkers().rules(rule("queue", upOnly(100, 1), 3, 2));
    Scenario workers = new Scenario(policy, 4).value("queue", 500);
    workers.step();
    workers.wait(Duration.ofSeconds(30));
    assertThat(workers.step().action()).isEqualTo(Action.NONE);
    workers.wait(Duration.ofSeconds(15));
    assertThat(workers.step().desiredReplicas()).isEqualTo(5);
  }

  @Test
  void fallback_raisesWhileASourceIsLost_neverLowers() {
    PolicyFixture policy = gpuWorkers().fallback(7);
    Scenario workers = new Scenario(policy, 4).missing("queue").missing("cpu");
    Decision raised = workers.step();
    assertThat(raised.desiredReplicas()).isEqualTo(7);
    assertThat(raised.reason()).isEqualTo(Reason.FALLBACK);
    Decision there = workers.step();
    assertThat(there.served()).contains(7);
    Scenario many = new Scenario(policy, 9).missing("queue").missing("cpu");
    assertThat(many.step().served()).contains(9);
    Scenario known = new Scenario(policy, 4).value("queue", 50).value("cpu", 50);
    assertThat(known.step().action()).isEqualTo(Action.NONE);
  }

  @Test
  void noRules_isSteady() {
    Decision decision = new Scenario(gpuWorkers().rules(new Rule[0]), 4).step();
    assertThat(decision.phase()).isEqualTo(Phase.STEADY);
    assertThat(decision.served()).contains(4);
  }

  private static Map<String, Observation> observed(Instant at, double value) {
    return Map.of("queue", new Observation.Sampled(at, value, Exactness.EXACT, "test"));
  }
}
