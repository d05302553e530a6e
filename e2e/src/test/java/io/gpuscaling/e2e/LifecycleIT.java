package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Adapter;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.ProcessSignal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** How the programs end, and how they refuse to start. */
@Timeout(300)
@ExtendWith(InstallationExtension.class)
class LifecycleIT {

  private static final Duration DEADLINE = Duration.ofSeconds(90);

  private final Installation installation;

  LifecycleIT(Installation installation) {
    this.installation = installation;
  }

  @Test
  void adapter_onSigterm_isNotReadyFirst_servesOn_andEndsWithZero() {
    try (Adapter adapter = installation.startAlone("lifecycle", Duration.ofSeconds(4));
        HttpClient client =
            HttpClient.newBuilder()
                .sslContext(ClientTls.trusting(installation.authority()))
                .build()) {
      Awaitility.await().atMost(DEADLINE).until(() -> status(client, adapter, "/readyz") == 200);

      adapter.process().signal(ProcessSignal.TERM);

      Awaitility.await().atMost(DEADLINE).until(() -> status(client, adapter, "/readyz") == 500);
      assertThat(status(client, adapter, "/livez")).isEqualTo(200);
      assertThat(adapter.process().awaitExit(DEADLINE)).isZero();
    }
  }

  @Test
  void adapter_fromStartToEnd_keepsTheWrittenOrder() {
    try (Adapter adapter = installation.startAlone("lifecycle-order", Duration.ZERO)) {
      adapter.process().signal(ProcessSignal.TERM);

      assertThat(adapter.process().awaitExit(DEADLINE)).isZero();
      assertThat(adapter.process().log())
          .containsSubsequence(
              "watching the cluster",
              "taking streams of exporters",
              "serving the metrics APIs",
              "stopping",
              "closing part=\"metrics APIs\"",
              "closing part=\"scaling policies\"",
              "closing part=\"streams of exporters\"",
              "closing part=\"lease of the leader\"",
              "closing part=\"watches of scaling policies\"",
              "closing part=\"watches of the cluster\"",
              "stopped exitCode=0");
    }
  }

  private static int status(HttpClient client, Adapter adapter, String path) {
    try {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + adapter.securePort() + path))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  @Test
  void exporter_fromStartToEnd_keepsTheWrittenOrder_andEndsWithZero() {
    installation.plane().objects().gpuNode("lifecycle-node", 1);
    try (Exporter exporter = Exporter.onNode(installation, "lifecycle-node")) {
      exporter.process().signal(ProcessSignal.TERM);

      assertThat(exporter.process().awaitExit(DEADLINE)).isZero();
      assertThat(exporter.process().log())
          .containsSubsequence(
              "serving /metrics",
              "taking task leases",
              "reading source=dcgm",
              "streaming to adapters",
              "stopping",
              "closing part=\"streams to adapters\"",
              "closing part=\"source dcgm\"",
              "closing part=\"task leases\"",
              "closing part=endpoint",
              "stopped exitCode=0");
    } finally {
      installation.plane().objects().deleteNode("lifecycle-node");
    }
  }

  @Test
  void wrongConfiguration_isToldWhole_withExitCodeTwo() {
    Command.Result exporter =
        run(
            "gpuscaling-exporter",
            "--listen=nowhere",
            "--dcgm-scrape-interval=5",
            "--rabbitmq-queue=jobs",
            "--adapter=a:1");
    assertThat(exporter.exitCode()).isEqualTo(2);
    assertThat(exporter.stderr())
        .contains(
            "listen \"nowhere\"", "dcgm.scrapeInterval \"5\"", "rabbitmq.uri", "adapter.caFile");

    Command.Result adapter =
        run(
            "gpuscaling-metrics-adapter",
            "--standalone",
            "--no-such-flag=1",
            "--secure-port=70000");
    assertThat(adapter.exitCode()).isEqualTo(2);
    assertThat(adapter.stderr())
        .contains("--no-such-flag", "securePort \"70000\"", "tlsCertFile", "clientCaFile");
  }

  private static Command.Result run(String program, String... flags) {
    List<String> command = new ArrayList<>();
    command.add(Repository.path("bin", program).toString());
    command.addAll(List.of(flags));
    return Command.run(command, DEADLINE);
  }
}
