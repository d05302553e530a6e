package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who may report, and who may read what. */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
class TenancyIT {

  private static final String NODE = "tenancy-node";
  private static final String OTHER_NODE = "tenancy-other-node";
  private static final Duration DEADLINE = Duration.ofSeconds(90);

  private final Installation installation;
  private final ControlPlane plane;

  TenancyIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
  }

  @AfterEach
  void deleteNodes() {
    var _ = plane.api().delete("/api/v1/nodes/" + NODE);
    var _ = plane.api().delete("/api/v1/nodes/" + OTHER_NODE);
  }

  @Test
  void lease_withAnotherTokenThanTheWorkersOwn_isRefused() {
    plane.objects().namespace("tenancy-it");
    plane.objects().gpuNode(NODE, 1);
    plane.objects().gpuNode(OTHER_NODE, 1);
    var here = GpuPod.onNode("tenancy-it", "worker", NODE).withGpus(1);
    var elsewhere = GpuPod.onNode("tenancy-it", "worker-elsewhere", OTHER_NODE).withGpus(1);
    plane.objects().pod(here);
    plane.objects().pod(elsewhere);
    try (Exporter exporter = Exporter.onNode(installation, NODE)) {
      assertRefused(exporter, plane.objects().token("tenancy-it", "default"), "UNAUTHENTICATED");
      assertRefused(
          exporter, plane.objects().podToken(here, "some-other-audience"), "UNAUTHENTICATED");
      assertRefused(exporter, "no-token-at-all", "UNAUTHENTICATED");
      assertRefused(
          exporter, plane.objects().podToken(elsewhere, "gpuscaling-leases"), "PERMISSION_DENIED");

      Worker worker =
          Worker.withToken(
              installation, "s", plane.objects().podToken(here, "gpuscaling-leases"), exporter);
      worker.start(1);
      worker.close();
    }
  }

  private void assertRefused(Exporter exporter, String token, String code) {
    Worker worker = Worker.withToken(installation, "s", token, exporter);
    assertThatThrownBy(worker::renew).hasMessageStartingWith(code);
    worker.vanish();
  }

  @Test
  void report_forAnotherNodeOrByAnotherServiceAccount_isRefused() {
    plane.objects().gpuNode(NODE, 1);
    plane.objects().gpuNode(OTHER_NODE, 1);
    try (Exporter liar = Exporter.onNode(installation, NODE, OTHER_NODE, "exporter")) {
      awaitMetric(liar, "gpuscaling_push_streams_ended_total{code=\"permission_denied\",}");
    }
    plane.objects().serviceAccount(Installation.NAMESPACE, "stranger");
    try (Exporter stranger = Exporter.onNode(installation, NODE, NODE, "stranger")) {
      awaitMetric(stranger, "gpuscaling_push_streams_ended_total{code=\"permission_denied\",}");
    }
  }

  private static void awaitMetric(Exporter exporter, String series) {
    URI page = URI.create("http://127.0.0.1:" + exporter.metricsPort() + "/metrics");
    try (HttpClient client = HttpClient.newHttpClient()) {
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() ->
              client
                  .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString())
                  .body()
                  .contains(series));
    }
  }

  @Test
  void queue_isReadOnlyWhereItIsGranted() {
    plane.objects().namespace("granted-it");
    plane.objects().namespace("denied-it");
    try (RabbitMqBroker broker =
            RabbitMqBroker.start(
                ScratchFolder.empty(Path.of("target", "tenancy-broker").toAbsolutePath()));
        Exporter reader =
            Exporter.ofQueues(
                installation, "tenancy-reader", broker.uri(), List.of("tenant-jobs"))) {
      MetricsApi metrics = new MetricsApi(plane);
      // The queue does not exist: known by name, and said so instead of a zero.
      var missing =
          metrics.awaitExternal(
              "granted-it",
              "rabbitmq_queue_messages_ready",
              "queue=tenant-jobs",
              DEADLINE,
              answer ->
                  answer
                      .body()
                      .path("message")
                      .asString("")
                      .contains("does not exist at its source"));
      assertThat(missing.status()).isEqualTo(503);

      var denied =
          metrics.external("denied-it", "rabbitmq_queue_messages_ready", "queue=tenant-jobs");
      assertThat(denied.status()).isEqualTo(403);
      assertThat(denied.body().path("message").asString())
          .contains("namespace denied-it is not granted")
          .contains("grants");
      assertThat(reader.process().isAlive()).isTrue();
    }
  }
}
