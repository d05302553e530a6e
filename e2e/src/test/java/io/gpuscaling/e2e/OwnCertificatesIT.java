package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.e2e.world.SteadyReader;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.relay.TcpRelay;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Two adapters that make their certificates themselves, with nothing in the APIServices when they
 * start, on a control plane of their own. An authority lasts 90 s here, so that one test sees it
 * replaced.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OwnCertificatesIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Path FOLDER = Path.of("target", "own-certificates");
  private static final String APISERVICES = "/apis/apiregistration.k8s.io/v1/apiservices/";
  private static final String SECRET = "/api/v1/namespaces/gpuscaling/secrets/metrics-adapter-ca";
  private static final String CONFIG_MAP =
      "/api/v1/namespaces/gpuscaling/configmaps/metrics-adapter-ca";

  private final ControlPlane plane;
  private final TcpRelay relay = TcpRelay.start(List.of());
  private final List<ManagedProcess> adapters = new ArrayList<>();
  private final List<Integer> grpcPorts = new ArrayList<>();

  OwnCertificatesIT() {
    plane = ControlPlane.start(ScratchFolder.empty(FOLDER).resolve("control-plane"));
  }

  @BeforeAll
  void install() {
    Installation.applyRights(plane, "overlays/self-managed-certificates");
    for (String name : List.of("secrets", "configmaps")) {
      assertThat(
              plane
                  .api()
                  .get("/api/v1/namespaces/gpuscaling/" + name + "/metrics-adapter-ca")
                  .isSuccess())
          .isTrue();
    }
    plane.objects().loopbackService(Installation.NAMESPACE, "metrics-adapter", relay.port());
    for (String[] api :
        new String[][] {
          {"custom.metrics.k8s.io", "v1beta1"},
          {"custom.metrics.k8s.io", "v1beta2"},
          {"external.metrics.k8s.io", "v1beta1"}
        }) {
      plane
          .objects()
          .apiService(api[0], api[1], Installation.NAMESPACE, "metrics-adapter", relay.port(), "");
    }
    // Both at once: they race for the first authority.
    for (String name : List.of("own-1", "own-2")) {
      start(name);
    }
    plane.objects().awaitAvailable("external.metrics.k8s.io", "v1beta1");
    plane.objects().awaitAvailable("custom.metrics.k8s.io", "v1beta1");
    plane.objects().awaitAvailable("custom.metrics.k8s.io", "v1beta2");
  }

  private void start(String name) {
    List<Integer> ports = LoopbackPorts.free(2);
    Path kubeconfig =
        plane.kubeconfigForToken(
            name, plane.objects().token(Installation.NAMESPACE, "metrics-adapter"));
    adapters.add(
        ManagedProcess.start(
            ProcessSpec.of(
                name,
                FOLDER.resolve(name + ".log"),
                List.of(
                    Repository.path("bin", "gpuscaling-metrics-adapter").toString(),
                    "--bind-address=127.0.0.1",
                    "--secure-port=" + ports.get(0),
                    "--grpc-listen=127.0.0.1:" + ports.get(1),
                    "--certificates-self-managed",
                    "--api-services-take-over",
                    "--certificates-ca-validity=90s",
                    "--certificates-validity=30s",
                    "--certificates-overlap=5s",
                    "--shutdown-drain-delay=0s",
                    "--kubeconfig=" + kubeconfig))));
    grpcPorts.add(ports.get(1));
    relay.addBackend(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(0)));
  }

  @AfterAll
  void stop() {
    adapters.forEach(ManagedProcess::close);
    relay.close();
    plane.close();
  }

  private String bundleOf(String apiService) {
    return decoded(
        plane.api().get(APISERVICES + apiService).orThrow().at("/spec/caBundle").asString(""));
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
  }

  private String published() {
    return plane.api().get(CONFIG_MAP).orThrow().at("/data/ca.crt").asString("");
  }

  private static int certificates(String pem) {
    return pem.split("BEGIN CERTIFICATE", -1).length - 1;
  }

  @Test
  void authority_isSharedPublishedAndReplaced_withNoReadThatFails() throws Exception {
    String first = published();
    assertThat(bundleOf("v1beta1.external.metrics.k8s.io")).isEqualTo(first);
    assertThat(bundleOf("v1beta2.custom.metrics.k8s.io")).isEqualTo(first);
    for (int port : grpcPorts) {
      assertBelieved(port, first);
    }

    SteadyReader reader =
        SteadyReader.start(10, () -> plane.api().get("/apis/external.metrics.k8s.io/v1beta1"));
    try (reader) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> certificates(published()) == 2 && !promoted(first));
      // Announced: the old one signs, and both are trusted everywhere.
      String both = published();
      assertThat(both).contains(first);
      Awaitility.await().atMost(DEADLINE).until(() -> promoted(first));
      String now = published();
      Awaitility.await()
          .atMost(DEADLINE)
          .untilAsserted(() -> {
            for (int port : grpcPorts) {
              assertBelieved(port, now);
              assertNotBelieved(port, first);
            }
          });
      // The cluster believes them, too: it verifies the certificate at each probe.
      plane.objects().awaitAvailable("external.metrics.k8s.io", "v1beta1");
    }
    assertThat(reader.failures()).isEmpty();
    assertThat(reader.reads()).isGreaterThan(100);
    for (ManagedProcess adapter : adapters) {
      assertThat(adapter.log()).doesNotContain("PRIVATE KEY").doesNotContain(" ERROR ");
    }
    String announced = "change=authority_announced";
    assertThat(adapters.stream().filter(adapter -> adapter.log().contains(announced)).count())
        .as("one of the two announced it")
        .isEqualTo(1);
  }

  @Test
  void apiServiceOfAnother_isTakenOver_asTheyWereTold() {
    String path = APISERVICES + "v1beta1.external.metrics.k8s.io";
    plane
        .api()
        .merge(
            path,
            """
            {"spec": {"service": {"namespace": "keda", "name": "keda", "port": 443},
              "caBundle": null, "insecureSkipTLSVerify": true}}
            """)
        .orThrow();

    var _ =
        plane
            .api()
            .await(
                path,
                DEADLINE,
                answer ->
                    answer.body().at("/spec/service/name").asString("").equals("metrics-adapter"));
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(
            () -> assertThat(bundleOf("v1beta1.external.metrics.k8s.io")).isEqualTo(published()));
    assertThat(plane.api().get(path).body().at("/spec/insecureSkipTLSVerify").asBoolean(false))
        .isFalse();
    // The test's Service listens where the relay does, not on the port that was put in.
    plane
        .api()
        .merge(path, "{\"spec\": {\"service\": {\"port\": %d}}}".formatted(relay.port()))
        .orThrow();
    plane.objects().awaitAvailable("external.metrics.k8s.io", "v1beta1");
  }

  /** Whether another authority than the first signs now. */
  private boolean promoted(String first) {
    return !decoded(plane.api().get(SECRET).orThrow().at("/data/signer.crt").asString(""))
        .equals(first);
  }

  private static void assertBelieved(int port, String bundle) throws Exception {
    assertThat(isBelieved(port, bundle)).as("port %d is believed", port).isTrue();
  }

  private static void assertNotBelieved(int port, String bundle) throws Exception {
    assertThat(isBelieved(port, bundle)).as("port %d is believed", port).isFalse();
  }

  /** A handshake as exporters make it: chain and name are verified. */
  private static boolean isBelieved(int port, String bundle) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int i = 0;
    for (Certificate each :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(bundle.getBytes(StandardCharsets.US_ASCII)))) {
      store.setCertificateEntry("ca-" + i++, each);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), new SecureRandom());
    try (var socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(Installation.ADAPTER_NAME)));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      var shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectAlternativeNames().stream()
          .anyMatch(name -> Arrays.asList(2, Installation.ADAPTER_NAME).equals(name));
    } catch (SSLHandshakeException e) {
      return false;
    }
  }
}
