package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServedPoliciesTest {

  private static final String METRIC = "scaling_policy_desired_replicas";
  private static final GroupResource DEPLOYMENTS = new GroupResource("apps", "deployments");
  private static final String SPEC =
      """
      maxReplicas: 9
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100, step: {value: 2}}
      """;

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 4).queue(150);
  private final PolicyWorld.Adapter leader = world.policy("worker", SPEC).leader();

  private QueryResult<CustomItem> custom(String namespace, GroupResource kind, String name) {
    return leader.metrics.custom(
        new CustomQuery(
            namespace, kind, name, METRIC, LabelSelector.EVERYTHING, LabelSelector.EVERYTHING));
  }

  private QueryResult<CustomItem> selected(String objects, String series) {
    return leader.metrics.custom(
        new CustomQuery(
            "ai", DEPLOYMENTS, CustomQuery.ALL, METRIC, selector(objects), selector(series)));
  }

  private QueryResult<ExternalItem> external(String namespace, String selector) {
    return leader.metrics.external(new ExternalQuery(namespace, METRIC, selector(selector)));
  }

  private static LabelSelector selector(String text) {
    return LabelSelector.parse(text) instanceof LabelSelector.Parsed.Valid(LabelSelector it)
        ? it
        : LabelSelector.EVERYTHING;
  }

  private static String numbers(QueryResult<?> result) {
    return switch (result) {
      case QueryResult.Items<?>(var items) -> items.toString();
      case QueryResult.Failed<?>(QueryFailure.Unavailable(String sentence)) -> sentence;
      case QueryResult.Failed<?>(QueryFailure failure) -> failure.toString();
    };
  }

  @Test
  void beforeTheFirstLook_isUnavailable() {
    assertThat(numbers(custom("ai", DEPLOYMENTS, "worker")))
        .isEqualTo("the adapter has not looked at its scaling policies yet");
    assertThat(numbers(external("ai", "")))
        .isEqualTo("the adapter has not looked at its scaling policies yet");
  }

  @Test
  void decision_isServedOfTheTarget_andByThePolicysName() {
    world.pass(Duration.ofSeconds(17));

    assertThat(numbers(custom("ai", DEPLOYMENTS, "worker")))
        .contains("Deployment", "worker", "value=6.0");
    assertThat(numbers(custom("ai", DEPLOYMENTS, "none"))).contains("NoSuchObject");
    assertThat(numbers(custom("other", DEPLOYMENTS, "worker"))).contains("NoSuchObject");
    assertThat(numbers(custom("ai", new GroupResource("apps", "statefulsets"), "worker")))
        .contains("NoSuchObject");
    assertThat(numbers(custom("ai", new GroupResource("", "services"), "worker")))
        .contains("UnknownMetric");
    assertThat(numbers(custom("ai", new GroupResource("", "pods"), "worker")))
        .contains("UnknownMetric");
    assertThat(numbers(selected("app=worker", ""))).contains("value=6.0");
    assertThat(numbers(selected("app=other", ""))).isEqualTo("[]");
    assertThat(numbers(selected("", "policy=worker"))).contains("value=6.0");
    assertThat(numbers(selected("", "policy=other"))).isEqualTo("[]");
    assertThat(numbers(external("ai", "policy=worker"))).contains("value=6.0");
    assertThat(numbers(external("ai", "policy=other"))).isEqualTo("[]");
    assertThat(numbers(external("other", ""))).isEqualTo("[]");
  }

  @Test
  void severalPolicies_mustBeSelectedByName_andThoseOnAnothersTargetDoNotDisturb() {
    world.pass(Duration.ofSeconds(1));
    world.policy("second", SPEC);
    world.pass(Duration.ofSeconds(17));

    assertThat(numbers(external("ai", ""))).contains("2 policies match");
    assertThat(numbers(custom("ai", DEPLOYMENTS, "worker"))).contains("value=6.0");
    assertThat(numbers(external("ai", "policy=second")))
        .isEqualTo(
            "ScalingPolicy ai/second wants no number: it is not ready: ScalingPolicy ai/worker is"
                + " older and steers Deployment/worker: delete one of the two (kubectl"
                + " gpuscaling explain second -n ai, or kubectl describe scalingpolicy)");
  }

  @Test
  void notReady_isSaidOfTheTargetToo() {
    world.policy("worker", SPEC + "profile: nowhere\n");
    world.pass(Duration.ofSeconds(2));

    assertThat(numbers(custom("ai", DEPLOYMENTS, "worker")))
        .contains("there is no ScalingProfile nowhere");
  }

  @Test
  void cannotBeUnderstood_isSaidOfTheTarget_butNotOverAGoodOne() {
    world.policyOf("other", "broken", SPEC + "schedule: [{name: n, start: never, duration: 1h}]\n");
    world.pass(Duration.ofSeconds(17));

    assertThat(numbers(custom("ai", DEPLOYMENTS, "other")))
        .startsWith("ScalingPolicy ai/broken wants no number: it is not ready: spec.schedule")
        .contains("start", "kubectl gpuscaling explain broken -n ai");
    assertThat(numbers(custom("ai", DEPLOYMENTS, "worker"))).contains("value=6.0");

    world.policy("broken", SPEC + "schedule: [{name: n, start: never, duration: 1h}]\n");
    world.pass(Duration.ofSeconds(2));
    assertThat(numbers(custom("ai", DEPLOYMENTS, "worker"))).contains("value=6.0");
  }

  @Test
  void snapshotIsOld_isNotServed() {
    world.pass(Duration.ofSeconds(17));
    leader.isStopped = true;
    world.pass(Duration.ofSeconds(6));

    assertThat(numbers(custom("ai", DEPLOYMENTS, "worker"))).contains("for 6 s");
    assertThat(numbers(external("ai", ""))).contains("for 6 s");
  }
}
