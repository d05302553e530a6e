package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.PolicyAnswer;
import io.gpuscaling.adapter.api.PolicySubresource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class PolicyAnswersTest {

  private static final String AT_ITS_LIMIT =
      """
      minReplicas: 1
      maxReplicas: 4
      degradation: {after: 60s, recoverAfter: 120s}
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100, step: {value: 2}}
      """;

  private final PolicyWorld world =
      new PolicyWorld().deployment("worker", 4).queue(500).policy("worker", AT_ITS_LIMIT);
  private final PolicyWorld.Adapter leader = world.leader();
  private final PolicyAnswers answers = new PolicyAnswers(leader.served);

  private PolicyAnswer ask(PolicySubresource what) {
    return answers.ask(what, "ai", "worker");
  }

  private PolicyAnswer.Document document(PolicySubresource what) {
    PolicyAnswer answer = ask(what);
    assertThat(answer).isInstanceOf(PolicyAnswer.Document.class);
    return (PolicyAnswer.Document) answer;
  }

  @Test
  void degradation_saysWhatHoldsForEachClass_andHowOldThatIs() {
    world.pass(Duration.ofSeconds(80));

    PolicyAnswer.Document document = document(PolicySubresource.DEGRADATION);
    assertThat(document.fields())
        .containsEntry("level", 1)
        .containsEntry(
            "classes", Map.of("critical", "normal", "normal", "normal", "background", "queue"))
        .containsKey("changedAt");
    assertThat(document.age()).contains(Duration.ZERO);

    leader.heartbeat = Optional.of(Duration.ofSeconds(7));
    world.pass(Duration.ofSeconds(1));
    assertThat(document(PolicySubresource.DEGRADATION).age()).contains(Duration.ofSeconds(7));
  }

  @Test
  void nobodyLeads_applicationsAreToldThatNobodyCanSay() {
    world.pass(Duration.ofSeconds(80));
    leader.heartbeat = Optional.of(Duration.ofSeconds(60));
    world.pass(Duration.ofSeconds(1));

    assertThat(ask(PolicySubresource.DEGRADATION))
        .isInstanceOfSatisfying(
            PolicyAnswer.Unavailable.class,
            it -> assertThat(it.sentence()).contains("no adapter that decides"));
    // A person is told all the more.
    assertThat(document(PolicySubresource.EXPLAIN).fields())
        .extractingByKey("served", InstanceOfAssertFactories.map(String.class, Object.class))
        .extractingByKey("message", InstanceOfAssertFactories.STRING)
        .contains("no adapter that decides");
  }

  @Test
  void explain_hasTheNewestEvaluation_theStatusAndWhatIsServed() {
    world.pass(Duration.ofSeconds(80));

    Map<String, Object> fields = document(PolicySubresource.EXPLAIN).fields();
    assertThat(fields)
        .containsEntry("target", Map.of("kind", "Deployment", "name", "worker", "replicas", 4))
        .containsEntry("served", Map.of("replicas", 4))
        .containsKeys("status", "inputs");
    assertThat(fields)
        .extractingByKey("evaluation", InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("reason", "AtMaximum")
        .extractingByKey("gates", InstanceOfAssertFactories.list(Map.class))
        .hasSize(11);
  }

  @Test
  void policyMayNotSteer_explainSaysWhy_andDegradationIsNotKnown() {
    world.policy("worker", AT_ITS_LIMIT + "pool: none\n");
    world.pass(Duration.ofSeconds(20));

    assertThat(document(PolicySubresource.EXPLAIN).fields())
        .extractingByKey("refused", InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("reason", "PoolNotFound");
    assertThat(ask(PolicySubresource.DEGRADATION)).isInstanceOf(PolicyAnswer.Unavailable.class);
  }

  @Test
  void unknownPolicy_orNothingReadYet() {
    assertThat(ask(PolicySubresource.EXPLAIN))
        .isInstanceOfSatisfying(
            PolicyAnswer.Unavailable.class, it -> assertThat(it.sentence()).contains("yet"));
    world.pass(Duration.ofSeconds(2));
    for (PolicySubresource what : List.of(PolicySubresource.values())) {
      assertThat(answers.ask(what, "ai", "other")).isEqualTo(new PolicyAnswer.NoSuchPolicy());
    }
  }
}
