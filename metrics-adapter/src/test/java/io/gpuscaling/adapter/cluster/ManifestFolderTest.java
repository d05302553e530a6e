package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.adapter.policy.Condition;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.RecordedStatus;
import io.gpuscaling.adapter.policy.ScaleReader.Replicas;
import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.adapter.policy.UsageReader.Usages;
import io.gpuscaling.adapter.standalone.ListedNodes;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.state.Actions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ManifestFolderTest {

  private static final PolicyName WORKER = new PolicyName("demo", "worker");
  private static final ScaleTarget TARGET = new ScaleTarget("apps/v1", "Deployment", "worker");
  private static final String POLICY =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: ScalingPolicy
      metadata: {name: worker, namespace: demo, annotations: {gpuscaling.io/override: pause}}
      spec:
        scaleTargetRef: {kind: Deployment, name: worker}
        maxReplicas: 9
        rules:
          - name: queue
            metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
            scaleUp: {threshold: 100}
      """;
  private static final String WORLD =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: worker, namespace: demo}
      spec: {replicas: %d}
      status: {replicas: 2}
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: worker-0
        namespace: demo
        ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: worker, controller: true, uid: u}]
      spec:
        nodeName: gpu-a
        containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {nvidia.com/gpu: 1}}}]
      status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
      ---
      apiVersion: metrics.k8s.io/v1beta1
      kind: PodMetrics
      metadata: {name: worker-0, namespace: demo}
      timestamp: "2026-11-25T12:00:00Z"
      window: 10s
      containers: [{name: c, usage: {cpu: 250m, memory: 512Mi}}]
      """;

  @TempDir private Path folder;

  private ManifestFolder read() throws IOException {
    var manifests = new ManifestFolder(folder, new ListedNodes(List.of("gpu-a")).snapshot());
    manifests.read();
    return manifests;
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private static RecordedStatus status(int desired) {
    return new RecordedStatus(
        1,
        "Steady",
        OptionalInt.of(2),
        OptionalInt.of(desired),
        List.of(
            new Condition(
                Condition.READY,
                true,
                "Steering",
                "it decides",
                Instant.parse("2026-11-25T12:00:00Z"))),
        Actions.NONE,
        Optional.empty(),
        RecordedStatus.NONE.degradation(),
        Map.of("message", "queue 50: nothing to do"),
        List.of());
  }

  private static PolicyObject policy(ManifestFolder manifests) {
    return Objects.requireNonNull(manifests.policies().policies().get(WORKER));
  }

  @Test
  void fileThatBreaks_isComplainedOfOnce_andTheLastGoodOnesCount() throws IOException {
    write("policy.yaml", POLICY);
    write("world.yaml", WORLD.formatted(2));
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    var logger = (Logger) LoggerFactory.getLogger(ManifestFolder.class);
    logger.addAppender(lines);
    try (var manifests = new ManifestFolder(folder, new ListedNodes(List.of("gpu-a")).snapshot())) {
      manifests.start();
      write("world.yaml", "kind: [");
      await().atMost(Duration.ofSeconds(20)).until(() -> !lines.list.isEmpty());

      assertThat(lines.list.getFirst().getMessage()).contains("the last good ones count");
      assertThat(manifests.cluster().workloads()).containsKey("demo");

      write("world.yaml", WORLD.formatted(7));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> manifests.replicas("demo", TARGET).equals(new Replicas.Known(7)));
      assertThat(lines.list).hasSize(1);
    } finally {
      logger.detachAppender(lines);
    }
  }

  @Test
  void everythingThatAPolicyIsAbout_isRead() throws IOException {
    write("policy.yaml", POLICY);
    write("world.yaml", WORLD.formatted(2));
    write("notes.txt", "not read");
    ManifestFolder manifests = read();

    assertThat(policy(manifests).read()).isInstanceOf(Read.Valid.class);
    assertThat(policy(manifests).metadata().annotations())
        .containsEntry("gpuscaling.io/override", "pause");
    ClusterSnapshot cluster = manifests.cluster();
    assertThat(cluster.isSynced()).isTrue();
    assertThat(cluster.nodes()).containsOnlyKeys("gpu-a");
    ClusterSnapshot.Workload worker =
        cluster.workload(WorkloadKind.DEPLOYMENT, "demo", "worker").orElseThrow();
    assertThat(worker.scale().orElseThrow().wanted()).isEqualTo(2);
    assertThat(cluster.readyPods(worker))
        .singleElement()
        .satisfies(pod -> {
          assertThat(pod.node()).isEqualTo("gpu-a");
          assertThat(pod.requests().cpuMillis()).isEqualTo(500);
          assertThat(pod.runsTasks()).isTrue();
        });
    assertThat(manifests.usages("demo"))
        .isEqualTo(
            new Usages.Known(
                Map.of(
                    "worker-0",
                    new Usage(250, 512L << 20, Instant.parse("2026-11-25T12:00:00Z")))));
    assertThat(manifests.usages("other")).isInstanceOf(Usages.Unknown.class);
  }

  @Test
  void replicasOfATarget_areThoseInTheFileNow() throws IOException {
    write("world.yaml", WORLD.formatted(2));
    ManifestFolder manifests = read();
    write("world.yaml", WORLD.formatted(5));

    assertThat(manifests.replicas("demo", TARGET)).isEqualTo(new Replicas.Known(5));
    assertThat(manifests.replicas("demo", new ScaleTarget("apps/v1", "Deployment", "gone")))
        .isInstanceOf(Replicas.Unknown.class);
    write("world.yaml", "{");
    assertThat(manifests.replicas("demo", TARGET)).isInstanceOf(Replicas.Unknown.class);
  }

  @Test
  void status_isKept_overChangesOfOtherFiles_andOverARestart() throws IOException {
    write("policy.yaml", POLICY);
    write("world.yaml", WORLD.formatted(2));
    ManifestFolder manifests = read();
    PolicyObject before = policy(manifests);

    assertThat(manifests.write(before, status(4))).isInstanceOf(Outcome.Written.class);
    assertThat(manifests.write(before, status(6))).isEqualTo(new Outcome.Conflict());
    write("world.yaml", WORLD.formatted(3));
    manifests.read();

    assertThat(policy(manifests).status()).isEqualTo(status(4));
    assertThat(policy(manifests).metadata().generation()).isEqualTo(before.metadata().generation());
    assertThat(policy(read()).status()).isEqualTo(status(4));
    assertThat(folder.resolve("status").resolve("demo.worker.json"))
        .content()
        .contains("nothing to do");
  }

  @Test
  void changedPolicy_isANewGeneration_andADeletedOneIsGone() throws IOException {
    write("policy.yaml", POLICY);
    ManifestFolder manifests = read();
    PolicyObject before = policy(manifests);
    write("policy.yaml", POLICY.replace("maxReplicas: 9", "maxReplicas: 8"));
    manifests.read();

    assertThat(policy(manifests).metadata().generation())
        .isGreaterThan(before.metadata().generation());
    assertThat(manifests.write(before, status(4))).isEqualTo(new Outcome.Conflict());

    Files.delete(folder.resolve("policy.yaml"));
    manifests.read();
    assertThat(manifests.policies().policies()).isEmpty();
    assertThat(manifests.write(before, status(4))).isEqualTo(new Outcome.Conflict());
  }

  @Test
  void whatCannotBeUnderstood_isNamed_andChangesNothing() throws IOException {
    write("policy.yaml", POLICY);
    ManifestFolder manifests = read();
    for (String bad :
        List.of(
            "{",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n",
            "apiVersion: v1\nkind: Pod\nmetadata: {}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: many}\n")) {
      write("bad.yaml", bad);
      assertThatThrownBy(manifests::read)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("bad.yaml");
    }
    assertThat(manifests.policies().policies()).containsOnlyKeys(WORKER);
    Files.delete(folder.resolve("bad.yaml"));
    Files.createDirectories(folder.resolve("status"));
    Files.writeString(folder.resolve("status").resolve("demo.worker.json"), "{");
    assertThatThrownBy(this::read).hasMessageContaining("demo.worker.json");
  }

  @Test
  void profilesAndPools_areRead() throws IOException {
    write(
        "more.yaml",
        """
        apiVersion: gpuscaling.io/v1alpha1
        kind: ScalingProfile
        metadata: {name: staging}
        spec: {}
        ---
        apiVersion: gpuscaling.io/v1alpha1
        kind: GpuPool
        metadata: {name: a100}
        spec: {}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: set, namespace: demo}
        spec: {replicas: 3}
        """);
    ManifestFolder manifests = read();

    assertThat(manifests.policies().profiles()).containsOnlyKeys("staging");
    assertThat(manifests.policies().pools()).containsOnlyKeys("a100");
    assertThat(manifests.replicas("demo", new ScaleTarget("apps/v1", "StatefulSet", "set")))
        .isEqualTo(new Replicas.Known(3));
  }

  @Test
  void folderThatIsNotThere_isSaidAtTheStart() {
    var manifests =
        new ManifestFolder(folder.resolve("none"), new ListedNodes(List.of()).snapshot());
    assertThatThrownBy(manifests::start).isInstanceOf(IOException.class);
    manifests.close();
  }
}
