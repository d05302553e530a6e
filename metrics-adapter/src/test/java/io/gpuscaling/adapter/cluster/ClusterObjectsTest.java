package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ClusterObjectsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static Node node(String name) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .withUid(name)
        .withResourceVersion("1")
        .endMetadata()
        .build();
  }

  private static Pod pod(String name, String version, String app) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName(name)
        .withUid(name)
        .withResourceVersion(version)
        .addToLabels("app", app)
        .addNewOwnerReference()
        .withKind("ReplicaSet")
        .withName("r")
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .build();
  }

  private static void fill(FakeKubernetes kubernetes) {
    kubernetes.setList("nodes", node("n1"));
    kubernetes.setList("pods", pod("p1", "1", "a"));
    kubernetes.setList(
        "replicasets",
        new ReplicaSetBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName("r")
            .withUid("r")
            .withResourceVersion("1")
            .addNewOwnerReference()
            .withKind("Deployment")
            .withName("d")
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .build());
    kubernetes.setList(
        "deployments",
        new DeploymentBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName("d")
            .withUid("d")
            .withResourceVersion("1")
            .endMetadata()
            .build());
    kubernetes.setList(
        "statefulsets",
        new StatefulSetBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName("s")
            .withUid("s")
            .withResourceVersion("1")
            .endMetadata()
            .build());
    kubernetes.setList(
        "services",
        new ServiceBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName("v")
            .withUid("v")
            .withResourceVersion("1")
            .endMetadata()
            .build());
  }

  private static String apps(ClusterObjects objects) {
    return objects.snapshot().pods().toString();
  }

  @Test
  void snapshot_notStarted_isUnread() throws Exception {
    try (var kubernetes = new FakeKubernetes();
        var objects = new ClusterObjects(kubernetes.client)) {
      assertThat(objects.snapshot()).isEqualTo(ClusterSnapshot.UNREAD);
    }
  }

  @Test
  void watch_listsThenChanges_areInTheSnapshot() throws Exception {
    try (var kubernetes = new FakeKubernetes();
        var objects = new ClusterObjects(kubernetes.client)) {
      fill(kubernetes);
      objects.start();
      await().atMost(PATIENCE).until(() -> objects.snapshot().isSynced());

      ClusterSnapshot first = objects.snapshot();
      assertThat(first.arePodsKnown()).isTrue();
      assertThat(first.nodes()).containsOnlyKeys("n1");
      assertThat(first.pods().getOrDefault("ns", Map.of()).values())
          .extracting(ClusterSnapshot.Pod::name, ClusterSnapshot.Pod::workload)
          .containsExactly(tuple("p1", "d"));
      assertThat(first.workloads().get("ns"))
          .extracting(Workload::kind)
          .containsExactlyInAnyOrder(
              WorkloadKind.DEPLOYMENT, WorkloadKind.STATEFUL_SET, WorkloadKind.SERVICE);

      kubernetes.send("pods", "ADDED", pod("p2", "2", "b"));
      kubernetes.send("pods", "MODIFIED", pod("p1", "3", "changed"));
      await()
          .atMost(PATIENCE)
          .until(() -> apps(objects).contains("app=changed") && apps(objects).contains("app=b"));
      kubernetes.send("pods", "DELETED", pod("p1", "4", "changed"));
      await().atMost(PATIENCE).until(() -> !apps(objects).contains("p1"));
      assertThat(first.pods().get("ns")).describedAs("what was taken").containsOnlyKeys("p1");
    }
  }

  @Test
  void watch_historyGone_listsAgainAndForgetsWhatWentMeanwhile() throws Exception {
    try (var kubernetes = new FakeKubernetes();
        var objects = new ClusterObjects(kubernetes.client)) {
      fill(kubernetes);
      objects.start();
      await().atMost(PATIENCE).until(() -> objects.snapshot().isSynced());

      kubernetes.setList("pods", pod("p9", "9", "new"));
      kubernetes.send(
          "pods",
          "ERROR",
          new StatusBuilder().withCode(410).withReason("Expired").withMessage("too old").build());

      await()
          .atMost(PATIENCE)
          .until(() -> apps(objects).contains("p9") && !apps(objects).contains("p1"));
      assertThat(objects.snapshot().isSynced()).isTrue();
    }
  }

  @Test
  void watch_oneKindRefused_isNotSyncedUntilItIsAllowed() throws Exception {
    try (var kubernetes = new FakeKubernetes();
        var objects = new ClusterObjects(kubernetes.client)) {
      fill(kubernetes);
      kubernetes.refuse("nodes");
      objects.start();
      await().atMost(PATIENCE).until(() -> apps(objects).contains("p1"));
      await().atMost(PATIENCE).until(() -> kubernetes.requests.size() >= 2);
      assertThat(objects.snapshot().isSynced()).isFalse();

      kubernetes.setList("nodes", node("n1"));

      await().atMost(PATIENCE).until(() -> objects.snapshot().isSynced());
      assertThat(objects.snapshot().nodes()).containsOnlyKeys("n1");
    }
  }
}
