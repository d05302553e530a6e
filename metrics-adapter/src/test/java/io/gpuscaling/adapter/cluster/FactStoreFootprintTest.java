package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.cluster.ObjectFacts.PodFacts;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much memory 1,000 pods take in the adapter, as {@code docs/performance.md} states it. Logs
 * the figure. Each pod has texts of its own, as it comes from the wire.
 */
class FactStoreFootprintTest {

  private static final Logger log = LoggerFactory.getLogger(FactStoreFootprintTest.class);

  private static final int PODS = 20_000;

  /** What the page says, in bytes; half as much again is a fault. */
  private static final double STATED_PER_POD = 1_500;

  private static final double BYTES_PER_MIB = 1024.0 * 1024;

  /** A pod of a Deployment as a cluster of today writes it: about 4 KiB of JSON. */
  private static String json(int i) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("generator-7d9c5b6f4-%05d".formatted(i))
            .withNamespace("team-%d".formatted(i % 50))
            .withUid("7c9e6679-7425-40de-944b-%012d".formatted(i))
            .withResourceVersion(Integer.toString(1_000_000 + i))
            .withLabels(
                Map.of(
                    "app.kubernetes.io/name", "generator",
                    "app.kubernetes.io/part-of", "n8n",
                    "pod-template-hash", "7d9c5b6f4",
                    "team", "team-%d".formatted(i % 50)))
            .addToAnnotations("kubectl.kubernetes.io/restartedAt", "2026-03-01T10:00:00Z")
            .addToAnnotations("checksum/config", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934c")
            .addNewOwnerReference()
            .withApiVersion("apps/v1")
            .withKind("ReplicaSet")
            .withName("generator-7d9c5b6f4")
            .withUid("0f8fad5b-d9cb-469f-a165-70867728950e")
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .withNewSpec()
            .withNodeName("gpu-node-%03d".formatted(i % 200))
            .addNewContainer()
            .withName("worker")
            .withImage(
                "registry.example.com/team/generator@sha256:e3b0c44298fc1c149afbf4c8996fb924")
            .addNewEnv()
            .withName("QUEUE")
            .withValue("n8n.ai.generation.queue")
            .endEnv()
            .withNewResources()
            .addToLimits("nvidia.com/gpu", new Quantity("1"))
            .addToLimits("memory", new Quantity("64Gi"))
            .endResources()
            .addNewVolumeMount()
            .withName("kube-api-access")
            .withMountPath("/var/run/secrets/kubernetes.io/serviceaccount")
            .endVolumeMount()
            .endContainer()
            .endSpec()
            .withNewStatus()
            .withPhase("Running")
            .withPodIP("10.0.%d.%d".formatted(i / 250, i % 250))
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .endCondition()
            .endStatus()
            .build();
    return Serialization.asJson(pod);
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
    }
    return used;
  }

  @Test
  void pods_inTheStoreAndTheSnapshot_takeWhatThePageSays() {
    var _ = Serialization.unmarshal(json(0), Pod.class); // what is loaded once
    long before = usedBytes();

    var store = new FactStore<Pod, PodFacts>(ObjectFacts::of, () -> {});
    for (int i = 0; i < PODS; i++) {
      Pod pod = Serialization.unmarshal(json(i), Pod.class);
      store.put(store.getKey(pod), pod);
    }
    ClusterSnapshot snapshot =
        SnapshotAssembly.assemble(true, List.of(), store.facts(), List.of(), List.of());
    double perPod = (usedBytes() - before) / (double) PODS;

    log.atWarn()
        .addKeyValue("mebibytesPerThousandPods", "%.1f".formatted(perPod * 1_000 / BYTES_PER_MIB))
        .addKeyValue("bytesPerPod", Math.round(perPod))
        .log("store and snapshot");
    assertThat(perPod).isBetween(STATED_PER_POD / 4, STATED_PER_POD * 1.5);
    assertThat(store.size()).isEqualTo(PODS);
    assertThat(snapshot.pods().get("team-1")).hasSize(PODS / 50);
  }
}
