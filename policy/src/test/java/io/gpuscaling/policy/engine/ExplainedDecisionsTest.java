package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.spec.Response;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Decisions in words. */
final class ExplainedDecisionsTest {

  @Test
  void decisions_saySoInASentence() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 140).value("cpu", 50);
    Decision raised = workers.step();
    assertThat(Sentences.of(raised)).isEqualTo("4 → 6: rule \"queue\" asks for more");
    assertThat(Sentences.of(workers.step()))
        .isEqualTo("stays at 6: the last action is too near, 4m45s left");
  }

  @Test
  void bounds_sayWhyTheyDoNotCount() {
    RuleOutcome upper =
        new Scenario(gpuWorkers().rules(rule("age", upOnly(60, 1), 1, 1)), 4)
            .value("age", 61, Exactness.UPPER_BOUND)
            .step()
            .rules()
            .getFirst();
    assertThat(upper.finding()).isEqualTo(Finding.WITHIN);
    assertThat(Sentences.of(upper))
        .isEqualTo(
            "age at most 61 (up > 60): asks for nothing: the true value may lie on the other side");
    RuleOutcome lower =
        new Scenario(gpuWorkers().rules(rule("age", upOnly(60, 1), 1, 1)), 4)
            .value("age", 61, Exactness.LOWER_BOUND)
            .step()
            .rules()
            .getFirst();
    assertThat(Sentences.of(lower)).startsWith("age at least 61 (up > 60): asks for 5");
  }

  @Test
  void rules_sayWhatTheySaw() {
    Decision up = new Scenario(gpuWorkers(), 4).value("queue", 140).value("cpu", 50).step();
    assertThat(up.rules().stream().map(Sentences::of))
        .containsExactly(
            "queue 140 (up > 100, down < 10): asks for 6, breached in 1 of 2 (needs 1)",
            "cpu 50 (up > 75, down < 25): asks for nothing");
    Decision down = new Scenario(gpuWorkers(), 4).value("queue", 1).missing("cpu").step();
    assertThat(down.rules().stream().map(Sentences::of))
        .containsExactly(
            "queue 1 (up > 100, down < 10): agrees to 3, low in 1 of 2 (needs 1)",
            "cpu no data point (source lost) (up > 75, down < 25): unknown: no data point in 2"
                + " evaluations");
    Response perTen = new Response.Proportional(10, OptionalInt.empty(), OptionalInt.empty());
    Scenario load =
        new Scenario(
                gpuWorkers().rules(rule("load", perTen, 2, 1), rule("age", upOnly(60, 1), 1, 1)), 4)
            .value("load", 5)
            .value("age", 61);
    load.step();
    load.missing("load");
    assertThat(load.step().rules().stream().map(Sentences::of))
        .contains(
            "load no data point (source lost) (one replica for 10): would agree to fewer, but has"
                + " no data point now");
  }
}
