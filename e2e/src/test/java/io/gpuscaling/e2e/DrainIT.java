package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.e2e.world.ActingKubelet;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random scale-downs of Deployments whose workers run tasks all the time: ReplicaSets choose the
 * victims, the kubelet and the workers act out what the pods' preStop hook does.
 */
@Tag("alone")
@Timeout(480)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DrainIT {

  private static final int DEPLOYMENTS = 20;
  private static final int MOST_REPLICAS = 4;
  private static final List<String> NODES = List.of("drain-node-1", "drain-node-2");
  private static final Duration DEADLINE = Duration.ofSeconds(90);

  private final Installation installation;
  private final ControlPlane plane;
  private final Map<String, Exporter> exporters;

  DrainIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
    NODES.forEach(node -> plane.objects().gpuNode(node, 8));
    this.exporters =
        Map.of(
            NODES.get(0), Exporter.onNode(installation, NODES.get(0)),
            NODES.get(1), Exporter.onNode(installation, NODES.get(1)));
  }

  @AfterAll
  void stop() {
    exporters.values().forEach(Exporter::close);
    NODES.forEach(plane.objects()::deleteNode);
  }

  @Test
  void scaleDowns_withThePreStopHook_loseNoTask() throws Exception {
    try (ActingKubelet kubelet = kubelet("drain-it", true)) {
      scaleDownEachTimes(10, "drain-it", kubelet);

      assertThat(kubelet.tally().finished()).isGreaterThan(200);
      assertThat(kubelet.tally().lost()).isZero();
    }
  }

  @Test
  void scaleDowns_withoutTheHook_loseTasks() throws Exception {
    try (ActingKubelet kubelet = kubelet("no-drain-it", false)) {
      scaleDownEachTimes(2, "no-drain-it", kubelet);

      assertThat(kubelet.tally().lost()).isPositive();
    }
  }

  private ActingKubelet kubelet(String namespace, boolean preStop) {
    plane.objects().namespace(namespace);
    return new ActingKubelet(installation, namespace, exporters, preStop);
  }

  private void scaleDownEachTimes(int times, String namespace, ActingKubelet kubelet)
      throws Exception {
    List<Callable<Void>> lives = new ArrayList<>();
    for (int i = 0; i < DEPLOYMENTS; i++) {
      String name = "worker-" + i;
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(i);
      String node = NODES.get(i % NODES.size());
      lives.add(() -> {
        create(namespace, name, node);
        for (int time = 0; time < times; time++) {
          scaleUpThenDown(namespace, name, random, kubelet);
        }
        scale(namespace, name, 0);
        awaitPods(kubelet, name, 0);
        return null;
      });
    }
    try (ExecutorService deployments = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> life : deployments.invokeAll(lives)) {
        var _ = life.get();
      }
    }
  }

  private void scaleUpThenDown(
      String namespace, String name, RandomGenerator random, ActingKubelet kubelet) {
    int up = random.nextInt(2, MOST_REPLICAS + 1);
    scale(namespace, name, up);
    await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(DEADLINE)
        .until(() -> kubelet.count(name).working() == up);
    int down = random.nextInt(1, up);
    scale(namespace, name, down);
    awaitPods(kubelet, name, down);
  }

  private static void awaitPods(ActingKubelet kubelet, String name, int pods) {
    await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(DEADLINE)
        .until(() -> kubelet.count(name).pods() == pods);
  }

  private void scale(String namespace, String name, int replicas) {
    plane
        .api()
        .merge(path(namespace, name), "{\"spec\": {\"replicas\": %d}}".formatted(replicas))
        .orThrow();
  }

  private static String path(String namespace, String name) {
    return "/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name;
  }

  private void create(String namespace, String name, String node) {
    plane
        .api()
        .apply(
            path(namespace, name),
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: %1$s, namespace: %2$s}
            spec:
              replicas: 0
              selector: {matchLabels: {app: %1$s}}
              template:
                metadata:
                  labels: {app: %1$s}
                  # Stands for the containers, which kwok does not run: the pod stays until the worker has ended.
                  finalizers: [%3$s]
                spec:
                  nodeName: %4$s
                  serviceAccountName: default
                  terminationGracePeriodSeconds: 120
                  containers: [{name: worker, image: none}]
            """
                .formatted(name, namespace, ActingKubelet.CONTAINERS_RUN, node));
  }
}
