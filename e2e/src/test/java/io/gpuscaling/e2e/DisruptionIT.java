package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Adapter;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.SteadyReader;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.controlplane.KubernetesApi;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * What happens to a cluster in a year, in a minute: adapters are rolled, the front proxy's
 * authority is replaced, the API server is started again. On a control plane of its own, since
 * others would notice. In order, for each leaves the cluster as the next needs it.
 */
@Tag("alone")
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DisruptionIT {

  private static final Path FOLDER = Path.of("target", "disruption");
  private static final String NAMESPACE = "disruption-it";
  private static final String NODE = "disruption-node";
  private static final String PER_NODE = "active_gpu_processing_tasks_per_worker_node";
  private static final String PATH =
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + NAMESPACE + "/" + PER_NODE;
  private static final String TRUST =
      "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final ControlPlane plane;
  private final Installation installation;
  private final MetricsApi metrics;
  private Exporter exporter;
  private Worker worker;

  DisruptionIT() {
    plane = ControlPlane.start(ScratchFolder.empty(FOLDER).resolve("control-plane"));
    plane.startKwok();
    installation =
        Installation.install(plane, FOLDER.resolve("installation"), Duration.ofSeconds(3));
    metrics = new MetricsApi(plane);
  }

  @BeforeAll
  void runFiveTasks() {
    plane.objects().namespace(NAMESPACE);
    plane.objects().gpuNode(NODE, 4);
    exporter = Exporter.onNode(installation, NODE);
    var pod = GpuPod.onNode(NAMESPACE, "worker", NODE).withGpus(1);
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);
    worker = Worker.inPod(installation, pod, exporter);
    worker.start(5);
    metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
  }

  @AfterAll
  void stop() {
    worker.vanish();
    exporter.close();
    installation.close();
    plane.close();
  }

  private KubernetesApi.Answer read() {
    return plane.api().get(PATH);
  }

  @Test
  @Order(1)
  void rollingRestart_under100ReadsASecond_failsNone() {
    // Both adapters must hold the samples before one of them goes.
    for (int i = 0; i < 10; i++) {
      metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
    }
    SteadyReader reader = SteadyReader.start(100, this::read);
    try (reader) {
      installation.rollAdapter(0);
      installation.rollAdapter(1);
    }
    assertThat(reader.failures()).isEmpty();
    assertThat(reader.reads()).isGreaterThan(500);
  }

  @Test
  @Order(2)
  void frontProxyAuthority_replaced_failsNoRead_andTheOldOneIsNotBelievedAnyMore()
      throws Exception {
    CertificateAuthority next =
        CertificateAuthority.create("next-front-proxy-ca", InstantSource.system());
    IssuedCertificate nextClient = next.issueClient(ControlPlane.FRONT_PROXY_NAME);
    String old = plane.frontProxyAuthority().certificatePem();
    assertThat(asFrontProxy(plane.frontProxyClient())).isEqualTo(200);
    assertThat(asFrontProxy(nextClient)).isEqualTo(401);

    SteadyReader reader = SteadyReader.start(20, this::read);
    try (reader) {
      // Trusted first, used then, and the old one forgotten last, as kubeadm does it.
      replace("front-proxy-ca.crt", old + next.certificatePem());
      awaitTrust(next.certificatePem());
      Awaitility.await().atMost(DEADLINE).until(() -> asFrontProxy(nextClient) == 200);

      nextClient.writeTo(plane.folder().resolve("pki"), "front-proxy-client");
      // The API server sees a changed file at once; new requests go over new connections then.
      Awaitility.await()
          .during(Duration.ofSeconds(3))
          .atMost(DEADLINE)
          .until(() -> reader.failures().isEmpty());
      replace("front-proxy-ca.crt", next.certificatePem());
      // The API server adds to the map and takes nothing out of it: it has to make it anew.
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() -> {
            assertThat(plane.api().delete(TRUST).isSuccess()).isTrue();
            awaitTrust(next.certificatePem());
            return !trust().contains(old.strip());
          });
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() -> asFrontProxy(plane.frontProxyClient()) == 401);
      assertThat(asFrontProxy(nextClient)).isEqualTo(200);
    }
    assertThat(reader.failures()).isEmpty();
    assertThat(reader.reads()).isGreaterThan(50);
    metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
  }

  private String trust() {
    return plane.api().get(TRUST).body().at("/data/requestheader-client-ca-file").asString("");
  }

  private void awaitTrust(String authority) {
    var _ =
        plane
            .api()
            .await(
                TRUST,
                DEADLINE,
                answer ->
                    answer
                        .body()
                        .at("/data/requestheader-client-ca-file")
                        .asString("")
                        .contains(authority.strip()));
  }

  private void replace(String file, String pem) throws IOException {
    Path next = plane.pkiFile(file + ".next");
    Files.writeString(next, pem);
    Files.move(next, plane.pkiFile(file), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Speaks to an adapter directly as the aggregator would. */
  private int asFrontProxy(IssuedCertificate identity) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder()
            .sslContext(ClientTls.trusting(installation.authority(), identity))
            .build()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create(
                          "https://127.0.0.1:"
                              + installation.adapters().getFirst().securePort()
                              + PATH))
                  .header("X-Remote-User", "someone")
                  .header("X-Remote-Group", "system:masters")
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  @Test
  @Order(4)
  void apiServiceOfAnother_isToldByAnEventAndLeftAlone() {
    String path = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";
    var before = plane.api().get(path).orThrow().at("/spec/service");
    plane
        .api()
        .merge(path, "{\"spec\": {\"service\": {\"namespace\": \"keda\", \"name\": \"keda\"}}}")
        .orThrow();

    var events =
        plane
            .api()
            .await(
                "/apis/events.k8s.io/v1/namespaces/gpuscaling/events",
                DEADLINE,
                answer -> answer.text().contains("APIServiceOwnedByOther"));
    assertThat(events.text()).contains("leads to Service keda/keda", "apiServices.takeOver");
    for (Adapter adapter : installation.adapters()) {
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() -> adapter.process().log().contains("another product owns the APIService"));
    }
    assertThat(plane.api().get(path).orThrow().at("/spec/service/name").asString())
        .isEqualTo("keda");

    plane.api().merge(path, "{\"spec\": {\"service\": " + before + "}}").orThrow();
    metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
  }

  @Test
  @Order(3)
  void apiServer_restarted_adaptersGoOnAndWatchOn() {
    plane.restartApiServer();

    metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
    for (String version :
        List.of(
            "custom.metrics.k8s.io/v1beta1",
            "custom.metrics.k8s.io/v1beta2",
            "external.metrics.k8s.io/v1beta1")) {
      String[] parts = version.split("/", -1);
      plane.objects().awaitAvailable(parts[0], parts[1]);
    }
    // A node that came after the restart is expected to contribute: the watch goes on.
    plane.objects().gpuNode("silent-node", 1);
    var incomplete =
        metrics.awaitExternal(NAMESPACE, PER_NODE, "", DEADLINE, answer -> answer.status() == 503);
    assertThat(incomplete.body().path("message").asString("")).contains("silent-node");
    plane.objects().deleteNode("silent-node");
    metrics.awaitTotal(NAMESPACE, PER_NODE, "", 5);
  }
}
