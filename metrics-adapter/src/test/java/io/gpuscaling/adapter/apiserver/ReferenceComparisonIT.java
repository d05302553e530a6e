package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.SubresourceQueries;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.api.quantity.Quantity;
import io.gpuscaling.adapter.api.request.RouteOptions;
import io.gpuscaling.adapter.auth.BlockingCalls;
import io.gpuscaling.adapter.auth.ChainAuthenticator;
import io.gpuscaling.adapter.auth.CurrentTrust;
import io.gpuscaling.adapter.auth.ReviewingAuthorizer;
import io.gpuscaling.adapter.cluster.AccessReviews;
import io.gpuscaling.adapter.cluster.ExtensionAuthenticationConfigWatch;
import io.gpuscaling.adapter.cluster.KubeconfigClients;
import io.gpuscaling.adapter.cluster.TokenReviews;
import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.controlplane.ReferenceAdapter;
import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Asks our server and the reference server the same, with the same metrics and the same cluster to
 * say who may: a row of the table demands what the reference does, or says why not, and then the
 * reference must really do otherwise.
 */
@Timeout(60)
@ExtendWith(ControlPlaneExtension.class)
class ReferenceComparisonIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final List<String> METRICS =
      List.of("some-metric", "labelled-metric?labels=verb=GET");

  /** More digits than the reference keeps the text of; beyond, it prints the number anew. */
  private static final int MANY_DIGITS = 25;

  @TempDir private static Path folder;
  private static final Closer CLOSER = new Closer();
  private static ReferenceAdapter reference;
  private static HttpClient client;
  private static String ours;
  private static Tokens tokens;

  /** Of somebody who may read everything, and of somebody who may read nothing. */
  private record Tokens(String reader, String nobody) {}

  @BeforeAll
  static void start(ControlPlane plane) throws Exception {
    tokens = makeUsers(plane);
    makeObjects(plane);
    reference = CLOSER.register(ReferenceAdapter.start(plane, Path.of("target", "reference")));
    setMetrics();
    ours = "https://localhost:" + startOurs(plane);
    client =
        CLOSER.register(
            HttpClient.newBuilder()
                .sslContext(ClientTls.trusting(plane.authority()))
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(DEADLINE)
                .build());
  }

  @AfterAll
  static void stop() {
    CLOSER.close();
  }

  private static Tokens makeUsers(ControlPlane plane) {
    plane.objects().namespace("ns");
    plane.objects().serviceAccount("ns", "reader");
    plane.objects().serviceAccount("ns", "nobody");
    plane
        .kubectl()
        .apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: reference-reader}
            rules:
            - apiGroups: [custom.metrics.k8s.io, external.metrics.k8s.io]
              resources: ["*"]
              verbs: ["*"]
            - nonResourceURLs: ["*"]
              verbs: ["*"]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: reference-reader}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reference-reader}
            subjects: [{kind: ServiceAccount, namespace: ns, name: reader}]
            """);
    return new Tokens(plane.objects().token("ns", "reader"), plane.objects().token("ns", "nobody"));
  }

  /** What lists find; every second one is labelled. */
  private static void makeObjects(ControlPlane plane) {
    for (int i = 0; i < FakeMetrics.NODES; i++) {
      plane.objects().gpuNode("o" + i, 0);
      plane
          .api()
          .merge(
              "/api/v1/nodes/o" + i,
              i % 2 == 0 ? "{\"metadata\":{\"labels\":{\"foo\":\"bar\"}}}" : "{}")
          .orThrow();
    }
    for (int i = 0; i < FakeMetrics.PODS; i++) {
      plane
          .objects()
          .pod(
              GpuPod.onNode("ns", "o" + i, "o0")
                  .withLabels(i % 2 == 0 ? Map.of("foo", "bar") : Map.of()));
    }
  }

  private static void setMetrics() {
    String value = Quantity.format(FakeMetrics.VALUE);
    for (String metric : METRICS) {
      for (String kind :
          List.of("pods", "services", "deployments.apps", "ingresses.networking.k8s.io")) {
        reference.set("/namespaces/ns/" + kind + "/foo/" + metric, value);
      }
      for (int i = 0; i < FakeMetrics.PODS; i++) {
        reference.set("/namespaces/ns/pods/o" + i + "/" + metric, value);
      }
      reference.set("/nodes/foo/" + metric, value);
      for (int i = 0; i < FakeMetrics.NODES; i++) {
        reference.set("/nodes/o" + i + "/" + metric, value);
      }
      // In the plural it is kept as an object in a namespace and never found again.
      reference.set("/namespace/ns/" + metric, value);
    }
  }

  private static int startOurs(ControlPlane plane) throws Exception {
    KubernetesClient cluster = CLOSER.register(KubeconfigClients.ofFile(plane.adminKubeconfig()));
    var trust = new CurrentTrust();
    CLOSER.register(new ExtensionAuthenticationConfigWatch(cluster, trust)).start();
    Awaitility.await("trust").atMost(DEADLINE).until(trust::isKnown);
    PemFiles certificate =
        plane
            .authority()
            .issueServer("ours", new SubjectName.Dns("localhost"))
            .writeTo(folder, "ours");
    var calls = CLOSER.register(new BlockingCalls());
    return CLOSER
        .register(
            ApiServer.create(
                new ApiServerSettings(
                    "127.0.0.1",
                    0,
                    certificate.certificate(),
                    certificate.privateKey(),
                    1,
                    Duration.ofSeconds(1),
                    // What the reference library does not have, it cannot be compared with.
                    new RouteOptions(
                        false, EnumSet.complementOf(EnumSet.of(ApiVersion.SUBRESOURCES_V1ALPHA1))),
                    "1.2.3"),
                new ApiServer.Parts(
                    new FakeMetrics(),
                    SubresourceQueries.NONE,
                    ChainAuthenticator.inCluster(
                        trust,
                        new TokenReviews(cluster),
                        calls,
                        InstantSource.system(),
                        Ticker.system()),
                    new ReviewingAuthorizer(new AccessReviews(cluster), calls, Ticker.system()),
                    List.of(
                        HealthCheck.readiness("sources", () -> true),
                        HealthCheck.liveness("ping", () -> true)),
                    () -> Answer.text(200, "up 1\n"),
                    (_, _, _, _) -> {},
                    InstantSource.system(),
                    Ticker.system())))
        .start();
  }

  @ParameterizedTest
  @MethodSource("io.gpuscaling.adapter.apiserver.ConformanceCase#all")
  void table_askedOfBoth_agreesOrSaysWhyNot(ConformanceCase row) throws Exception {
    assertThat(row.violations(ask(ours, row))).as("ours").isEmpty();

    if (!row.reference().equals("none")) {
      ConformanceCase.Seen theirs = ask(reference.url(), row);
      List<String> violations = row.violations(theirs);
      switch (row.reference()) {
        case "same" -> assertThat(violations).as("%s", theirs.body()).isEmpty();
        case "body" -> {
          assertThat(theirs.code()).isEqualTo(row.code());
          assertThat(violations).as("no deviation: %s", theirs.body()).isNotEmpty();
        }
        default ->
            assertThat(theirs.code())
                .as("%s", theirs.body())
                .isEqualTo(Integer.parseInt(row.reference()))
                .isNotEqualTo(row.code());
      }
    }
  }

  private static ConformanceCase.Seen ask(String base, ConformanceCase row) throws Exception {
    return new ConformanceCase.Seen(
        client.send(
            row.request(base, tokens.reader(), tokens.nobody()),
            HttpResponse.BodyHandlers.ofString()));
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        1,
        1000,
        1500,
        1500000,
        120000,
        250000000,
        0.5,
        1.5,
        0.001,
        100035,
        1234567e6,
        -0.5,
        -1500,
        1024,
        1073741824,
        7e12,
        3e15,
        12.345,
        999.999,
        123456789.012
      })
  void quantity_ofANumber_isPrintedAsTheReferenceDoes(double value) throws Exception {
    String text = new BigDecimal(Double.toString(value)).setScale(MANY_DIGITS).toPlainString();
    reference.set("/namespaces/ns/pods/number/a-number", text);

    HttpResponse<String> response =
        client.send(
            ConformanceCase.get(
                    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/ns/pods/number/a-number")
                .request(reference.url(), tokens.reader(), tokens.nobody()),
            HttpResponse.BodyHandlers.ofString());

    assertThat(response.body()).contains("\"value\":\"" + Quantity.format(value) + "\"");
  }
}
