package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.Installation.LeaseTimes;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.SeparateInstallation;
import io.gpuscaling.e2e.world.SteadyReader;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.controlplane.KubernetesApi;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** An exporter that keeps its leases is killed, and started again. */
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeaseStateIT {

  private static final String NAMESPACE = "lease-state-it";
  private static final String PER_NODE = "active_gpu_processing_tasks_per_worker_node";
  private static final String NODE = "lease-state-node";
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  /** Longer than a slow machine needs to start an exporter. */
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);

  private final SeparateInstallation separate;
  private final Installation installation;
  private final ControlPlane plane;
  private final MetricsApi metrics;

  LeaseStateIT() {
    separate =
        SeparateInstallation.start(
            Path.of("target", "lease-state"),
            new LeaseTimes(TIME_TO_LIVE, SeparateInstallation.SHIPPED_FRESHNESS),
            "");
    plane = separate.plane();
    installation = separate.installation();
    metrics = new MetricsApi(plane);
  }

  @AfterAll
  void stop() {
    separate.close();
  }

  private KubernetesApi.Answer read() {
    return plane
        .api()
        .get("/apis/external.metrics.k8s.io/v1beta1/namespaces/" + NAMESPACE + "/" + PER_NODE);
  }

  private GpuPod runningPod(String name) {
    var pod = GpuPod.onNode(NAMESPACE, name, NODE).withGpus(1);
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);
    return pod;
  }

  @Test
  void killedExporter_answersAtOnceWithWhatItHadKept_andLetsEndWhatHasEndedMeanwhile()
      throws Exception {
    plane.objects().namespace(NAMESPACE);
    plane.objects().gpuNode(NODE, 2);
    Path stateFile = installation.folder("lease-state").resolve("leases");
    Files.createDirectories(stateFile.getParent());
    Exporter first = Exporter.keepingLeases(installation, NODE, stateFile);
    try (Worker living = Worker.inPod(installation, runningPod("living"), first);
        Worker dying = Worker.inPod(installation, runningPod("dying"), first)) {
      assertThat(first.page())
          .contains("gpuscaling_lease_state_reads_total{outcome=\"absent\",} 1.0");
      living.start(3);
      dying.start(2);
      metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
      String before = write(first);
      Awaitility.await().atMost(DEADLINE).until(() -> !write(first).equals(before));

      // Both workers fall silent with their exporter; one of them for good.
      dying.vanish();
      SteadyReader reader = SteadyReader.start(20, this::read);
      Exporter second = first.killedAndStartedAgain();
      try (reader) {
        // Its first words, before any worker has spoken: never unknown, neither more nor fewer.
        assertThat(second.page())
            .contains("gpuscaling_lease_state_reads_total{outcome=\"ok\",} 1.0")
            .contains("gpuscaling_source_up{source=\"lease\",} 1.0");
        Awaitility.await()
            .atMost(DEADLINE)
            .until(() -> second.page().contains("gpuscaling_push_streams 2.0"));
        metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
        reader.close();
        assertThat(reader.failures()).isEmpty();
        assertThat(reader.reads()).isPositive();

        // The worker that is gone is counted until its leases would have ended, and then no more.
        Awaitility.await()
            .atMost(TIME_TO_LIVE.plus(DEADLINE))
            .ignoreExceptionsInstanceOf(StatusRuntimeException.class) // until it is connected again
            .until(() -> {
              living.renew();
              return second
                  .page()
                  .contains("gpuscaling_lease_tasks_finished_total{outcome=\"expired\",} 2.0");
            });
        assertThat(second.page()).contains("pod=\"living\"").doesNotContain("pod=\"dying\"");
      } finally {
        living.vanish();
        second.close();
      }
    }
  }

  /** The times that the file was written, as the exporter counts them. */
  private static String write(Exporter exporter) {
    return exporter
        .page()
        .lines()
        .filter(line -> line.startsWith("gpuscaling_lease_state_writes_total{outcome=\"ok\""))
        .findFirst()
        .orElse("");
  }
}
