package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.gpuscaling.adapter.policy.Autoscaler;
import io.gpuscaling.adapter.policy.AutoscalerStore.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HandedAutoscalersTest {

  private static final KubernetesSerialization JSON = new KubernetesSerialization();

  private static final Map<String, Object> TREE =
      Map.of(
          "metadata",
          Map.of(
              "name",
              "web",
              "namespace",
              "ai",
              "annotations",
              Map.of("gpuscaling.io/policy", "worker"),
              "ownerReferences",
              List.of(Map.of("kind", "ScalingPolicy", "name", "worker", "uid", "uid-1"))),
          "spec",
          Map.of("minReplicas", 2, "maxReplicas", 9));

  private static String foreign(String mark) {
    return """
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
     "metadata": {"name": "web", "namespace": "ai", "resourceVersion": "7",
       "annotations": {"gpuscaling.io/take-over": "%s"},
       "ownerReferences": [{"kind": "App", "name": "shop", "uid": "uid-app"}]},
     "spec": {"minReplicas": 1, "maxReplicas": 30,
       "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
       "metrics": [{"type": "Resource", "resource": {"name": "cpu",
         "target": {"type": "Utilization", "averageUtilization": 70}}}]}}
    """
        .formatted(mark);
  }

  private static String taken(String formerSpec) {
    return """
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
     "metadata": {"name": "web", "namespace": "ai", "resourceVersion": "8",
       "annotations": {"gpuscaling.io/policy": "worker", "gpuscaling.io/former-spec": %s},
       "ownerReferences": [{"kind": "App", "name": "shop", "uid": "uid-app"},
         {"kind": "ScalingPolicy", "name": "worker", "uid": "uid-1", "controller": true}]},
     "spec": {"minReplicas": 2, "maxReplicas": 9,
       "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}
    """
        .formatted(JSON.asJson(formerSpec));
  }

  private static Autoscaler read(String json) {
    return PolicyFacts.autoscaler(JSON.unmarshal(json, HorizontalPodAutoscaler.class));
  }

  @Test
  void takeOver_replacesTheSpec_keepsTheFormerOne_andOtherOwners_ofTheVersionReadNow()
      throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = foreign("worker");
      var store = new PolicyAutoscalers(kubernetes.client);
      Autoscaler seen = read(foreign("worker"));
      assertThat(seen.handover()).isEqualTo(new Autoscaler.Handover("worker", false));

      assertThat(store.takeOver(seen, TREE)).isEqualTo(new Outcome.Written());

      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith("/apis/autoscaling/v2/namespaces/ai/horizontalpodautoscalers/web [")
          .contains("/metadata/resourceVersion", "\"7\"", "uid-app", "uid-1")
          .contains("/metadata/annotations/gpuscaling.io~1former-spec")
          .contains("\\\"averageUtilization\\\":70", "\"maxReplicas\":9");
    }
  }

  @Test
  void giveBack_putsTheFormerSpecThere_andTakesOurMarksAway() throws Exception {
    String former = "{\"minReplicas\":1,\"maxReplicas\":30}";
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = taken(former);
      var store = new PolicyAutoscalers(kubernetes.client);
      Autoscaler seen = read(taken(former));
      assertThat(seen.handover()).isEqualTo(new Autoscaler.Handover("", true));

      assertThat(store.giveBack(seen)).isEqualTo(new Outcome.Written());

      assertThat(kubernetes.requests)
          .last()
          .asString()
          .contains("\"8\"", "\"maxReplicas\":30", "uid-app", "remove")
          .contains("gpuscaling.io~1policy", "gpuscaling.io~1former-spec")
          .doesNotContain("uid-1");

      for (String odd : List.of("nonsense: [", "7", "")) {
        kubernetes.answer = taken(odd);
        assertThat(store.giveBack(seen))
            .isEqualTo(
                new Outcome.Failed(
                    "its annotation gpuscaling.io/former-spec is no JSON of a spec"));
      }
    }
  }

  @Test
  void itIsNoLongerAsItWasFound_nothingIsWritten() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      var store = new PolicyAutoscalers(kubernetes.client);
      Autoscaler seen = read(foreign("worker"));
      for (String other :
          List.of(
              foreign("other"),
              foreign("worker").replace("\"uid-app\"", "\"uid-app\", \"controller\": true"),
              foreign("worker").replace("Deployment", "StatefulSet"),
              taken("{}"))) {
        kubernetes.answer = other;
        assertThat(store.takeOver(seen, TREE)).isEqualTo(new Outcome.Conflict());
        assertThat(kubernetes.requests).last().asString().doesNotContain("[");
      }
      kubernetes.code = 404;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":404}";
      assertThat(store.takeOver(seen, TREE)).isEqualTo(new Outcome.Conflict());
      kubernetes.code = 403;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}";
      assertThat(store.giveBack(seen)).isInstanceOf(Outcome.Failed.class);
    }
  }
}
