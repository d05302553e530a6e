package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.policy.Autoscaler;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.PolicyObjects.Snapshot;
import io.gpuscaling.adapter.policy.RecordedStatus;
import io.gpuscaling.adapter.policy.ScaleReader.Replicas;
import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PolicyWatchTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final ScaleTarget WORKER = new ScaleTarget("apps/v1", "Deployment", "worker");

  private FakeKubernetes kubernetes;

  @BeforeEach
  void start() throws Exception {
    kubernetes = new FakeKubernetes();
  }

  @AfterEach
  void stop() {
    kubernetes.close();
  }

  private static GenericKubernetesResource object(String kind, String name, Object spec) {
    return new GenericKubernetesResourceBuilder()
        .withApiVersion("gpuscaling.io/v1alpha1")
        .withKind(kind)
        .withNewMetadata()
        .withNamespace(kind.equals("ScalingPolicy") ? "ai" : null)
        .withName(name)
        .withUid("u")
        .withGeneration(3L)
        .withResourceVersion("12")
        .withCreationTimestamp("2026-11-25T03:12:00Z")
        .addToAnnotations("gpuscaling.io/override", "pause")
        .endMetadata()
        .addToAdditionalProperties("spec", spec)
        .addToAdditionalProperties(
            "status", Map.of("state", "Steady", "observedGeneration", 2, "currentReplicas", 4))
        .build();
  }

  private static GenericKubernetesResource policy() {
    return object(
        "ScalingPolicy",
        "worker",
        Map.of(
            "scaleTargetRef",
            Map.of("kind", "Deployment", "name", "worker"),
            "maxReplicas",
            9,
            "rules",
            List.of(
                Map.of(
                    "name", "queue",
                    "metric", Map.of("name", "rabbitmq_queue_messages_ready"),
                    "scaleUp", Map.of("threshold", 100)))));
  }

  private void fill() {
    kubernetes.setList("scalingpolicies", policy());
    kubernetes.setList("scalingprofiles", object("ScalingProfile", "calm", Map.of()));
    kubernetes.setList(
        "gpupools", object("GpuPool", "gpus", Map.of("namespaces", List.of(Map.of("name", "ai")))));
    kubernetes.setList(
        "horizontalpodautoscalers",
        hpa("own", "External", "external", "scaling_policy_desired_replicas"),
        hpa("other", "Object", "object", "requests"));
  }

  private static HorizontalPodAutoscaler hpa(
      String name, String type, String field, String metric) {
    return Serialization.unmarshal(
        """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata:
          name: %s
          namespace: ai
          uid: %s
          resourceVersion: "1"
          ownerReferences: [{kind: ScaledObject, name: s, controller: true, apiVersion: k, uid: x}]
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
          maxReplicas: 3
          metrics:
            - type: Resource
              resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
            - type: %s
              %s:
                metric: {name: %s}
        """
            .formatted(name, name, type, field, metric),
        HorizontalPodAutoscaler.class);
  }

  private static Autoscaler scaled(String name, boolean followsPolicies) {
    return new Autoscaler(
        "ai",
        name,
        WORKER,
        followsPolicies ? Autoscaler.Follows.LOOSELY : Autoscaler.Follows.NOT,
        new Autoscaler.Owner("ScaledObject/s", "x"),
        new Autoscaler.Bounds(1, 3),
        Autoscaler.Stored.UNREAD);
  }

  @Test
  void objects_areRead_andFollowed() {
    fill();
    try (var watch = new PolicyWatch(kubernetes.client)) {
      assertThat(watch.snapshot().problem()).isNotEmpty();
      watch.start();
      await().atMost(PATIENCE).until(() -> watch.snapshot().problem().isEmpty());

      Snapshot snapshot = watch.snapshot();
      PolicyObject policy =
          Objects.requireNonNull(snapshot.policies().get(new PolicyName("ai", "worker")));
      assertThat(policy.read()).isInstanceOf(Read.Valid.class);
      assertThat(policy.metadata().generation()).isEqualTo(3);
      assertThat(policy.metadata().createdAt()).contains(Instant.parse("2026-11-25T03:12:00Z"));
      assertThat(policy.metadata().annotations()).containsEntry("gpuscaling.io/override", "pause");
      assertThat(policy.status().state()).isEqualTo("Steady");
      assertThat(policy.status().currentReplicas()).hasValue(4);
      assertThat(snapshot.profiles().get("calm")).isInstanceOf(Read.Valid.class);
      assertThat(snapshot.pools().get("gpus")).isInstanceOf(Read.Valid.class);
      assertThat(snapshot.autoscalers())
          .containsExactlyInAnyOrder(scaled("own", true), scaled("other", false));

      kubernetes.send("scalingpolicies", "DELETED", policy());
      await().atMost(PATIENCE).until(() -> watch.snapshot().policies().isEmpty());
    }
  }

  @Test
  void customResourcesAreNotInstalled_isSaid() {
    fill();
    kubernetes.refuse("scalingpolicies");
    try (var watch = new PolicyWatch(kubernetes.client)) {
      watch.start();
      await()
          .atMost(PATIENCE)
          .until(() -> watch.snapshot().problem().contains("CustomResourceDefinitions"));
      assertThat(watch.snapshot().problem()).contains("scalingpolicies");

      kubernetes.setList("scalingpolicies", policy());
      await().atMost(PATIENCE).until(() -> watch.snapshot().problem().isEmpty());
    }
  }

  @Test
  void status_isWrittenWithTheVersionThatWasRead() {
    PolicyObject object = PolicyFacts.policy(policy());
    var statuses = new PolicyStatuses(kubernetes.client);
    kubernetes.code = 200;
    kubernetes.answer = Serialization.asJson(policy());

    assertThat(statuses.write(object, RecordedStatus.NONE)).isEqualTo(new Outcome.Written(object));
    assertThat(kubernetes.requests.getLast())
        .startsWith("/apis/gpuscaling.io/v1alpha1/namespaces/ai/scalingpolicies/worker/status ")
        .contains("\"resourceVersion\":\"12\"", "\"observedGeneration\":-1")
        .doesNotContain("\"spec\"");

    kubernetes.answer = "{}";
    kubernetes.code = 409;
    assertThat(statuses.write(object, RecordedStatus.NONE)).isEqualTo(new Outcome.Conflict());
    kubernetes.code = 404;
    assertThat(statuses.write(object, RecordedStatus.NONE)).isEqualTo(new Outcome.Conflict());
    kubernetes.code = 403;
    assertThat(statuses.write(object, RecordedStatus.NONE)).isInstanceOf(Outcome.Failed.class);
    kubernetes.client.close();
    assertThat(statuses.write(object, RecordedStatus.NONE)).isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void scale_isReadOfDeploymentsAndStatefulSets() {
    var scales = new TargetScales(kubernetes.client);
    kubernetes.code = 200;
    kubernetes.answer =
        """
        {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "worker"},
         "spec": {"replicas": 7}}
        """;
    assertThat(scales.read("ai", WORKER)).isEqualTo(new Replicas.Known(7));
    assertThat(scales.read("ai", new ScaleTarget("apps/v1", "StatefulSet", "worker")))
        .isEqualTo(new Replicas.Known(7));
    assertThat(kubernetes.requests.getLast())
        .startsWith("/apis/apps/v1/namespaces/ai/statefulsets/worker/scale");
    kubernetes.answer =
        """
        {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "worker"},
         "spec": {}}
        """;
    assertThat(scales.read("ai", WORKER)).isEqualTo(new Replicas.Known(0));

    assertThat(scales.read("ai", new ScaleTarget("v1", "Service", "worker")))
        .isInstanceOf(Replicas.Unknown.class);
    assertThat(scales.read("ai", new ScaleTarget("batch/v1", "Job", "worker")))
        .isInstanceOf(Replicas.Unknown.class);
    kubernetes.answer = "{}";
    kubernetes.code = 404;
    assertThat(scales.read("ai", WORKER)).isInstanceOf(Replicas.Unknown.class);
    kubernetes.code = 403;
    assertThat(scales.read("ai", WORKER)).isInstanceOf(Replicas.Unknown.class);
    kubernetes.client.close();
    assertThat(scales.read("ai", WORKER)).isInstanceOf(Replicas.Unknown.class);
  }

  @Test
  void events_tellAtThePolicy_andFailuresAreNoMatter() {
    PolicyObject object = PolicyFacts.policy(policy());
    var events =
        new PolicyEvents(
            kubernetes.client,
            "adapter",
            () -> Instant.parse("2026-11-25T03:12:00Z"),
            Runnable::run);
    kubernetes.answer = "{\"kind\": \"Event\", \"apiVersion\": \"events.k8s.io/v1\"}";
    events.tell(object, true, "TargetNotReached", "n".repeat(2000));
    assertThat(kubernetes.requests.getLast())
        .startsWith("/apis/events.k8s.io/v1/namespaces/ai/events ")
        .contains("\"TargetNotReached\"", "\"Warning\"", "\"ScalingPolicy\"", "03:12:00.000000Z")
        .doesNotContain("n".repeat(1025));
    events.tell(object, false, "ScalingUp", "from 4 to 6 replicas");
    assertThat(kubernetes.requests.getLast()).contains("\"Normal\"");

    kubernetes.answer = "{}";
    kubernetes.code = 403;
    events.tell(object, false, "ScalingUp", "from 4 to 6 replicas");
    kubernetes.client.close();
    events.tell(object, false, "ScalingUp", "from 4 to 6 replicas");
  }

  @Test
  void eventsOnTheirWay_areBounded() {
    PolicyObject object = PolicyFacts.policy(policy());
    List<Runnable> waiting = new ArrayList<>();
    var events = new PolicyEvents(kubernetes.client, "a".repeat(200), Instant::now, waiting::add);
    for (int i = 0; i < 100; i++) {
      events.tell(object, false, "ScalingUp", "x");
    }
    assertThat(waiting).hasSize(64);
  }
}
