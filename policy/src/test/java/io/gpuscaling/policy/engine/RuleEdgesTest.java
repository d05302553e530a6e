package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What rules find together, where a little more or less would be another finding. */
final class RuleEdgesTest {

  private static final Response PER_TEN =
      new Response.Proportional(10, OptionalInt.empty(), OptionalInt.empty());

  private static Rule steps(String name, int up, int down) {
    return rule(name, thresholds(100, fixed(up), 10, fixed(down)), 1, 1);
  }

  private static Scenario all(double value, int replicas, Rule... rules) {
    Scenario workers = new Scenario(gpuWorkers().rules(rules), replicas);
    for (Rule rule : rules) {
      workers.value(rule.name(), value);
    }
    return workers;
  }

  @Test
  void severalAsk_theLargestLeads_ofEqualOnesTheFirst() {
    for (Scenario workers :
        new Scenario[] {
          all(140, 4, steps("a", 1, 1), steps("b", 3, 1), steps("c", 3, 1)),
          all(140, 4, steps("b", 3, 1), steps("a", 1, 1), steps("c", 3, 1))
        }) {
      Decision raised = workers.step();
      assertThat(raised.desiredReplicas()).isEqualTo(7);
      assertThat(raised.rule()).contains("b");
    }
  }

  @Test
  void severalAgree_theOneThatRemovesLeastLeads_ofEqualOnesTheFirst() {
    for (Scenario workers :
        new Scenario[] {
          all(0, 8, steps("a", 1, 3), steps("b", 1, 1), steps("c", 1, 1)),
          all(0, 8, steps("b", 1, 1), steps("a", 1, 3), steps("c", 1, 1))
        }) {
      Decision lowered = workers.step();
      assertThat(lowered.desiredReplicas()).isEqualTo(7);
      assertThat(lowered.rule()).contains("b");
    }
  }

  @Test
  void fallbackToAsManyAsThereAre_isNone() {
    Scenario workers = new Scenario(gpuWorkers().fallback(4), 4).missing("queue").missing("cpu");
    assertThat(workers.step().reason()).isEqualTo(Reason.ALL_UNKNOWN);
    assertThat(workers.replicas(3).step().reason()).isEqualTo(Reason.FALLBACK);
  }

  @Test
  void ruleThatAsksForTheMaximum_isNotAtALimit_oneMoreIs() {
    Rule plusTwo = steps("queue", 2, 1);
    Scenario exact = new Scenario(gpuWorkers().bounds(2, 6).rules(plusTwo), 4).value("queue", 140);
    assertThat(exact.step().isAtLimit()).isFalse();
    Scenario beyond = new Scenario(gpuWorkers().bounds(2, 5).rules(plusTwo), 4).value("queue", 140);
    assertThat(beyond.step().isAtLimit()).isTrue();
  }

  @Test
  void degradeRule_marksTheDecision_andForbidsNothing() {
    Rule slow =
        new Rule(
            "slow",
            new MetricRef.Series("slow", Map.of()),
            upOnly(2, 1),
            1,
            1,
            Optional.empty(),
            Rule.Effect.DEGRADE);
    Scenario workers = all(140, 4, steps("queue", 2, 1), slow);
    Decision degraded = workers.step();
    assertThat(degraded.isDegraded()).isTrue();
    assertThat(degraded.desiredReplicas()).isEqualTo(6);
    assertThat(workers.value("slow", 2).step().isDegraded()).isFalse();
  }

  @Test
  void rulesThatOnlyRaise_withinTheirBand_waitForNobody() {
    assertThat(all(50, 4, rule("queue", upOnly(100, 1), 1, 1)).step().reason())
        .isEqualTo(Reason.WITHIN_BAND);
  }

  @Test
  void proportional_asManyAsThereAre_asksForNothing() {
    RuleOutcome outcome = all(40, 4, rule("load", PER_TEN, 1, 1)).step().rules().getFirst();
    assertThat(outcome.finding()).isEqualTo(Finding.WITHIN);
    assertThat(outcome.breachingUp()).isZero();
    assertThat(outcome.breachingDown()).isZero();
  }

  @Test
  void proportional_newestIsALowerBound_provesNoFewer() {
    Scenario workers = new Scenario(gpuWorkers().rules(rule("load", PER_TEN, 2, 1)), 2);
    workers.value("load", 20).step();
    workers.replicas(4).value("load", 20, Exactness.LOWER_BOUND);
    Decision held = workers.step();
    assertThat(held.rules().getFirst().finding()).isEqualTo(Finding.NOT_FRESH);
    assertThat(held.desiredReplicas()).isEqualTo(4);
  }

  @Test
  void proportional_oneOfTheWindowNeedsAllThereAre_asksForNothing() {
    Scenario workers = new Scenario(gpuWorkers().rules(rule("load", PER_TEN, 2, 1)), 4);
    workers.value("load", 40).step();
    assertThat(workers.value("load", 20).step().rules().getFirst().finding())
        .isEqualTo(Finding.WITHIN);
  }

  @Test
  void cooldownOfARuleThatIsLongerThanAnHour_isNotForgotten() {
    Rule patient =
        new Rule(
            "queue",
            new MetricRef.Series("queue", Map.of()),
            thresholds(100, fixed(2), 10, fixed(1)),
            1,
            1,
            Optional.of(new Cooldown(Duration.ofHours(3), Duration.ofMinutes(10))),
            Rule.Effect.SCALE);
    Scenario workers = new Scenario(gpuWorkers().rules(patient), 4).value("queue", 140);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
    workers.wait(Duration.ofHours(2)).value("queue", 0);
    assertThat(workers.step().desiredReplicas()).isEqualTo(5);
    workers.wait(Duration.ofMinutes(30)).value("queue", 140);
    assertThat(workers.step().reason()).isEqualTo(Reason.COOLING_DOWN);
    workers.wait(Duration.ofMinutes(30));
    assertThat(workers.step().desiredReplicas()).isEqualTo(7);
  }
}
