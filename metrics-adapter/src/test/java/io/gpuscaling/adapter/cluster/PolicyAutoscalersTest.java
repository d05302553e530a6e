package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.gpuscaling.adapter.policy.Autoscaler;
import io.gpuscaling.adapter.policy.AutoscalerStore.Outcome;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyAutoscalersTest {

  private static final KubernetesSerialization JSON = new KubernetesSerialization();

  private static final Map<String, Object> TREE = tree();

  private static Map<String, Object> tree() {
    String yaml =
        """
        apiVersion: gpuscaling.io/v1alpha1
        kind: ScalingPolicy
        metadata: {name: worker, namespace: ai}
        spec:
          scaleTargetRef: {kind: Deployment, name: worker}
          minReplicas: 2
          maxReplicas: 9
          rules:
            - name: queue
              metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: q}}}
              scaleUp: {threshold: 100}
        """;
    return YamlDocuments.read(yaml) instanceof Read.Valid<List<Map<String, Object>>>(var documents)
            && ScalingPolicyReader.read(documents.getFirst())
                instanceof Read.Valid<ScalingPolicy>(ScalingPolicy policy)
        ? GeneratedHpa.owned(policy.policy(), "uid-1", GeneratedHpa.Tolerance.NONE)
        : Map.of();
  }

  private static HorizontalPodAutoscaler stored() {
    HorizontalPodAutoscaler hpa = JSON.convertValue(TREE, HorizontalPodAutoscaler.class);
    hpa.getMetadata().setResourceVersion("7");
    return hpa;
  }

  @Test
  void whatIsWritten_isReadBackAsTheSame_andSoWithoutTolerance() {
    Autoscaler read = PolicyFacts.autoscaler(stored());

    assertThat(read.owner()).isEqualTo(new Autoscaler.Owner("ScalingPolicy/worker", "uid-1"));
    assertThat(read.bounds()).isEqualTo(new Autoscaler.Bounds(2, 9));
    assertThat(read.stored().version()).isEqualTo("7");
    assertThat(GeneratedHpa.isStoredAs(TREE, read.stored().spec())).isTrue();

    HorizontalPodAutoscaler old = stored();
    old.getSpec().getBehavior().getScaleUp().setTolerance(null);
    old.getSpec().getBehavior().getScaleDown().setTolerance(null);
    assertThat(GeneratedHpa.isStoredAs(TREE, PolicyFacts.autoscaler(old).stored().spec())).isTrue();

    assertThat(read.follows()).isEqualTo(Autoscaler.Follows.EXACTLY);
    assertThat(PolicyFacts.autoscaler(old).follows()).isEqualTo(Autoscaler.Follows.LOOSELY);

    HorizontalPodAutoscaler drifted = stored();
    drifted.getSpec().setMaxReplicas(10);
    assertThat(GeneratedHpa.isStoredAs(TREE, PolicyFacts.autoscaler(drifted).stored().spec()))
        .isFalse();
  }

  @Test
  void create_andCorrect_sendTheTree() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = JSON.asJson(stored());
      var store = new PolicyAutoscalers(kubernetes.client);

      assertThat(store.create(TREE)).isEqualTo(new Outcome.Written());
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith("/apis/autoscaling/v2/namespaces/ai/horizontalpodautoscalers")
          .contains("\"uid\":\"uid-1\"", "\"controller\":true", "\"maxReplicas\":9");

      assertThat(store.correct(TREE, "7")).isEqualTo(new Outcome.Written());
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith("/apis/autoscaling/v2/namespaces/ai/horizontalpodautoscalers/worker")
          .contains("\"resourceVersion\":\"7\"", "\"maxReplicas\":9")
          .doesNotContain("ownerReferences");
    }
  }

  @Test
  void refusals_areTold() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var store = new PolicyAutoscalers(kubernetes.client);
      for (int code : new int[] {409, 404}) {
        kubernetes.code = code;
        kubernetes.answer = "{\"kind\":\"Status\",\"code\":" + code + "}";
        assertThat(store.correct(TREE, "7")).isEqualTo(new Outcome.Conflict());
      }
      kubernetes.code = 403;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}";
      assertThat(store.create(TREE)).isInstanceOf(Outcome.Failed.class);

      kubernetes.client.close();
      assertThat(store.create(TREE))
          .isEqualTo(new Outcome.Failed("the client of the cluster is closed"));
    }
  }

  @Test
  void annotationOfAFreeze_isRead() {
    HorizontalPodAutoscaler hpa = stored();
    assertThat(PolicyFacts.autoscaler(hpa).bounds().frozen()).isFalse();

    hpa.getMetadata().setAnnotations(Map.of("gpuscaling.io/frozen-bounds", "2,9"));

    assertThat(PolicyFacts.autoscaler(hpa).bounds().frozen()).isTrue();
  }

  @Test
  void hpaOfNobody_isNotKept() {
    HorizontalPodAutoscaler hpa = stored();
    hpa.getMetadata().setOwnerReferences(List.of());

    assertThat(Optional.of(PolicyFacts.autoscaler(hpa)))
        .map(Autoscaler::stored)
        .contains(Autoscaler.Stored.UNREAD);
  }
}
