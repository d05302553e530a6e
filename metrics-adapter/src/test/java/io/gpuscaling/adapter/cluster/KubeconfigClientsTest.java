package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.gpuscaling.adapter.pki.TestAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KubeconfigClientsTest {

  @TempDir private Path folder;
  private final TestAuthority authority = TestAuthority.create("ca");

  @ParameterizedTest
  @ValueSource(strings = {"pkcs8", "sec1", "file"})
  void ofFile_ellipticClientKeyInAnyForm_isUsed(String form) throws Exception {
    TestAuthority.Identity identity = authority.client("CN=admin");
    String key = form.equals("sec1") ? identity.traditionalKeyPem() : identity.keyPem();
    Path keyFile = Files.writeString(folder.resolve("key"), key);
    String keyLine =
        form.equals("file") ? "client-key: " + keyFile : "client-key-data: " + base64(key);
    var seen = new AtomicReference<String>();
    HttpsServer server = mutualTlsServer(seen);
    try {
      Path kubeconfig = kubeconfig(server.getAddress().getPort(), identity, keyLine);
      try (KubernetesClient client = KubeconfigClients.ofFile(kubeconfig)) {
        assertThat(client.getKubernetesVersion().getGitVersion()).isEqualTo("v9");
      }
      assertThat(seen).hasValue("CN=admin");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void ofFile_absentOrBroken_saysWhichFileAndNothingOfIt() throws Exception {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> KubeconfigClients.ofFile(folder.resolve("none")))
        .withMessageContaining("none");
    Path broken = Files.writeString(folder.resolve("broken"), "secret: [");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> KubeconfigClients.ofFile(broken))
        .satisfies(e -> assertThat(e.getMessage()).contains("broken").doesNotContain("secret"));
  }

  @Test
  void ofSurroundings_noCluster_isStillAClient() {
    try (KubernetesClient client = KubeconfigClients.ofSurroundings()) {
      assertThat(client.getConfiguration().getRequestTimeout())
          .isEqualTo((int) KubeconfigClients.REQUEST_TIMEOUT.toMillis());
    }
  }

  private Path kubeconfig(int port, TestAuthority.Identity identity, String keyLine)
      throws IOException {
    return Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: c
          cluster:
            server: https://127.0.0.1:%d
            certificate-authority-data: %s
        users:
        - name: u
          user:
            client-certificate-data: %s
            %s
        contexts:
        - name: x
          context: {cluster: c, user: u}
        current-context: x
        """
            .formatted(port, base64(authority.pem()), base64(identity.certificatePem()), keyLine));
  }

  private HttpsServer mutualTlsServer(AtomicReference<String> seen) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(authority.server("EC").keyStore(), new char[0]);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", authority.certificate());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters ssl = context.getDefaultSSLParameters();
            ssl.setNeedClientAuth(true);
            parameters.setSSLParameters(ssl);
          }
        });
    server.createContext(
        "/version",
        exchange -> {
          try (exchange) {
            var session = ((HttpsExchange) exchange).getSSLSession();
            var leaf = (X509Certificate) session.getPeerCertificates()[0];
            seen.set(leaf.getSubjectX500Principal().getName());
            byte[] body =
                "{\"major\":\"9\",\"minor\":\"9\",\"gitVersion\":\"v9\"}"
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
    return server;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
