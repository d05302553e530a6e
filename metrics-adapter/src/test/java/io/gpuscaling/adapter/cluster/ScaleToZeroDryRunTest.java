package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.policy.ScaleToZero;
import org.junit.jupiter.api.Test;

class ScaleToZeroDryRunTest {

  private static String stored(int minReplicas) {
    return """
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
     "metadata": {"name": "n", "namespace": "ai"},
     "spec": {"minReplicas": %d, "maxReplicas": 1, "scaleTargetRef": {"kind": "D", "name": "n"}}}
    """
        .formatted(minReplicas);
  }

  private static String refused(String field) {
    return """
    {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 422, "reason": "Invalid",
     "message": "no", "details": {"causes": [{"field": "%s", "message": "must be more"}]}}
    """
        .formatted(field);
  }

  @Test
  void whatIsStored_says_andSoDoesARefusalOfTheField() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var probe = new ScaleToZeroDryRun(kubernetes.client);
      kubernetes.code = 201;
      kubernetes.answer = stored(0);
      assertThat(probe.probe("ai")).isEqualTo(new ScaleToZero.Supported());
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith("/apis/autoscaling/v2/namespaces/ai/horizontalpodautoscalers?dryRun=All ")
          .contains("\"minReplicas\":0", "External");

      kubernetes.answer = stored(1);
      assertThat(probe.probe("ai")).isEqualTo(new ScaleToZero.Unsupported());

      kubernetes.code = 422;
      kubernetes.answer = refused("spec.minReplicas");
      assertThat(probe.probe("ai")).isEqualTo(new ScaleToZero.Unsupported());
    }
  }

  @Test
  void anyOtherFailure_saysNothingAboutTheCluster() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var probe = new ScaleToZeroDryRun(kubernetes.client);
      kubernetes.code = 422;
      kubernetes.answer = refused("spec.metrics");
      assertThat(probe.probe("ai")).isInstanceOf(ScaleToZero.Unknown.class);
      kubernetes.answer = "{\"kind\": \"Status\", \"code\": 422}";
      assertThat(probe.probe("ai")).isInstanceOf(ScaleToZero.Unknown.class);
      kubernetes.answer = "{\"kind\": \"Status\", \"code\": 422, \"details\": {}}";
      assertThat(probe.probe("ai")).isInstanceOf(ScaleToZero.Unknown.class);
      kubernetes.code = 403;
      kubernetes.answer = "{\"kind\": \"Status\", \"code\": 403, \"message\": \"may not\"}";
      assertThat(probe.probe("ai"))
          .isInstanceOfSatisfying(
              ScaleToZero.Unknown.class, it -> assertThat(it.sentence()).contains("namespace ai"));

      kubernetes.client.close();
      assertThat(probe.probe("ai")).isInstanceOf(ScaleToZero.Unknown.class);
    }
  }
}
