package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.Kubectl;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.process.Command;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The APIs as people and controllers meet them: through a real kube-apiserver. */
@Timeout(180)
@ExtendWith(InstallationExtension.class)
class AggregatedApisIT {

  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final Duration DISCOVERED = Duration.ofSeconds(90);
  private static final List<String> GROUP_VERSIONS =
      List.of(
          "custom.metrics.k8s.io/v1beta1",
          "custom.metrics.k8s.io/v1beta2",
          "external.metrics.k8s.io/v1beta1");

  private final Installation installation;
  private final ControlPlane plane;

  AggregatedApisIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
  }

  @Test
  void apiVersions_listAllThree() {
    // The API server asks for discovery once a minute.
    Awaitility.await()
        .atMost(DISCOVERED)
        .untilAsserted(() ->
            assertThat(plane.kubectl().run("api-versions").orThrow().lines())
                .containsAll(GROUP_VERSIONS));
  }

  @ParameterizedTest
  @CsvSource({
    "custom.metrics.k8s.io, pods/gpu_tasks_active",
    "external.metrics.k8s.io, rabbitmq_queue_messages_ready"
  })
  void apiResources_ofAGroup_areListedWithoutAnError(String group, String resource) {
    Awaitility.await()
        .atMost(DISCOVERED)
        .untilAsserted(() -> {
          Command.Result resources =
              plane.kubectl().run("api-resources", "--api-group=" + group, "--cached=false");
          assertThat(resources.stderr()).isEmpty();
          assertThat(resources.isSuccess()).isTrue();
        });
    String raw = plane.kubectl().run("get", "--raw", "/apis/" + group + "/v1beta1").orThrow();
    assertThat(raw).contains("\"" + resource + "\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v1beta1.custom.metrics.k8s.io",
        "v1beta2.custom.metrics.k8s.io",
        "v1beta1.external.metrics.k8s.io",
        "v1alpha1.subresources.gpuscaling.io"
      })
  void apiService_isAvailable_andTheAdapterKnowsIt(String name) {
    Command.Result available =
        plane
            .kubectl()
            .run(
                "get",
                "apiservice",
                name,
                "-o",
                "jsonpath={.status.conditions[?(@.type=='Available')].status}");
    assertThat(available.stdout()).isEqualTo("True");

    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(() ->
            assertThat(ownMetrics())
                .contains(
                    "gpuscaling_apiservice_available{apiservice=\"" + name + "\",} 1.0",
                    "gpuscaling_apiservice_owner{apiservice=\""
                        + name
                        + "\",owner=\"ours\",} 1.0"));
  }

  /** The adapter's own page, directly, as a scraper with a client certificate reads it. */
  private String ownMetrics() throws Exception {
    var scraper = plane.authority().issueClient("scraper", "system:masters");
    try (HttpClient client =
        HttpClient.newBuilder()
            .sslContext(ClientTls.trusting(installation.authority(), scraper))
            .build()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create(
                          "https://127.0.0.1:"
                              + installation.adapters().getFirst().securePort()
                              + "/metrics"))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  @Test
  void certificates_ofBothPrograms_showWhenTheyEnd() throws Exception {
    plane.objects().gpuNode("expiry-node", 1);
    try (Exporter exporter = Exporter.onNode(installation, "expiry-node");
        HttpClient client = HttpClient.newHttpClient()) {
      URI page = URI.create("http://127.0.0.1:" + exporter.metricsPort() + "/metrics");
      Awaitility.await()
          .atMost(DEADLINE)
          .untilAsserted(() ->
              assertThat(
                      client
                          .send(
                              HttpRequest.newBuilder(page).build(),
                              HttpResponse.BodyHandlers.ofString())
                          .body())
                  .contains(expiry("lease"), expiry("adapter-ca"), expiry("kubernetes-ca"))
                  .doesNotContain(expiry("adapter-client")));
      Awaitility.await()
          .atMost(DEADLINE)
          .untilAsserted(() ->
              assertThat(ownMetrics())
                  .contains(expiry("serving"), expiry("grpc"))
                  .contains(expiry("client-ca"), expiry("front-proxy-ca")));
    } finally {
      plane.objects().deleteNode("expiry-node");
    }
  }

  private static String expiry(String use) {
    return "gpuscaling_tls_certificate_expires_timestamp_seconds{use=\"" + use + "\",} ";
  }

  @Test
  void namespace_isDeletedWhileTheApisAreThere() {
    plane.objects().namespace("short-lived");

    assertThat(plane.api().delete("/api/v1/namespaces/short-lived").isSuccess()).isTrue();

    var _ =
        plane
            .api()
            .await("/api/v1/namespaces/short-lived", DEADLINE, answer -> answer.status() == 404);
  }

  @Test
  void reader_ofOneNamespace_mayThereAndNowhereElse() {
    plane.objects().namespace("readers-it");
    plane.objects().serviceAccount("readers-it", "reader");
    plane
        .kubectl()
        .apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: reader, namespace: readers-it}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "gpuscaling:metrics-reader"}
            subjects: [{kind: ServiceAccount, name: reader, namespace: readers-it}]
            """);
    Kubectl reader =
        plane.kubectl(
            plane.kubeconfigForToken("reader", plane.objects().token("readers-it", "reader")));

    assertThat(canI(reader, "readers-it")).isEqualTo("yes");
    assertThat(canI(reader, "default")).isEqualTo("no");
    // Not granted is the adapter's word, forbidden the cluster's: it got that far.
    assertThat(read(reader, "readers-it").stderr()).contains("is not granted");
    assertThat(read(reader, "default").stderr()).contains("is forbidden").contains("Forbidden");
  }

  private static String canI(Kubectl kubectl, String namespace) {
    return kubectl
        .run("auth", "can-i", "list", "gpu_count.external.metrics.k8s.io", "-n", namespace)
        .stdout()
        .strip();
  }

  private static Command.Result read(Kubectl kubectl, String namespace) {
    return kubectl.run(
        "get",
        "--raw",
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + namespace + "/gpu_count");
  }

  @Test
  void stranger_isRefused_alsoWithoutTheApiServerBetween() throws Exception {
    plane.objects().namespace("strangers-it");
    plane.objects().serviceAccount("strangers-it", "stranger");
    String token = plane.objects().token("strangers-it", "stranger");
    String path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/strangers-it/gpu_count";

    assertThat(plane.apiAs(token).get(path).status()).isEqualTo(403);
    assertThat(direct(path, Map.of("Authorization", "Bearer " + token))).isEqualTo(403);
    assertThat(direct(path, Map.of())).isEqualTo(403);
    assertThat(direct(path, Map.of("Authorization", "Bearer none"))).isEqualTo(401);
    assertThat(direct(path, Map.of("X-Remote-User", "admin", "X-Remote-Group", "system:masters")))
        .isEqualTo(403);
  }

  private int direct(String path, Map<String, String> headers) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(ClientTls.trusting(installation.authority())).build()) {
      var request =
          HttpRequest.newBuilder(
              URI.create(
                  "https://127.0.0.1:" + installation.adapters().getFirst().securePort() + path));
      headers.forEach(request::header);
      return client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }
  }
}
