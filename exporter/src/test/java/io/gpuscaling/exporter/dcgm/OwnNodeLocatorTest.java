package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.exporter.dcgm.DcgmLocator.Location;
import io.gpuscaling.kubernetes.client.ApiServerAccess;
import io.gpuscaling.kubernetes.client.ApiServerClient;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which pod of a list is taken, and what is said when none is. */
@Timeout(60)
final class OwnNodeLocatorTest {

  private static final String READY = "{\"type\": \"Ready\", \"status\": \"True\"}";

  @TempDir private Path folder;
  private HttpsServer server;
  private ApiServerClient client;
  private OwnNodeLocator locator;
  private volatile String pods = "";
  private volatile int status = 200;

  @SuppressWarnings("NullAway.Init") // before each test
  OwnNodeLocatorTest() {}

  @BeforeEach
  void serve() throws IOException, GeneralSecurityException {
    CertificateAuthority authority = CertificateAuthority.create("api", InstantSource.system());
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            ClientTls.trusting(
                authority, authority.issueServer("api", new SubjectName.Ip("127.0.0.1")))));
    server.createContext(
        "/api/v1/pods",
        exchange -> {
          byte[] list = ("{\"items\": [" + pods + "]}").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, list.length);
          exchange.getResponseBody().write(list);
          exchange.close();
        });
    server.start();
    client =
        new ApiServerClient(
            new ApiServerAccess(
                URI.create("https://127.0.0.1:" + server.getAddress().getPort()),
                Files.writeString(folder.resolve("ca.crt"), authority.certificatePem()),
                Files.writeString(folder.resolve("token"), "some.token"),
                Duration.ofSeconds(10)),
            1 << 20);
    locator = new OwnNodeLocator(client, "gpu-1", "");
  }

  @AfterEach
  void close() {
    client.close();
    server.stop(0);
  }

  @Test
  void readyPodOfTheNode_isTaken_atItsNamedPort() {
    pods = pod("gpu-1", "10.0.0.7", READY, "", "{\"name\": \"metrics\", \"containerPort\": 9500}");

    assertThat(locator.locate()).isEqualTo(at("http://10.0.0.7:9500/metrics"));
  }

  @Test
  void portsWithoutThatName_meanTheUsualOne_andSixthVersionAddressesAreBracketed() {
    pods = pod("gpu-1", "fd00::7", READY, "", "{\"name\": \"web\", \"containerPort\": 80}");

    assertThat(locator.locate()).isEqualTo(at("http://[fd00::7]:9400/metrics"));
  }

  @Test
  void podsElsewhere_leaving_notReady_orWithoutAddress_arePassedOver() {
    String notReady = "{\"type\": \"Ready\", \"status\": \"False\"}";
    String unknown = "{\"type\": \"Initialized\", \"status\": \"True\"}";
    pods =
        String.join(
            ",",
            pod("gpu-2", "10.0.0.1", READY, "", ""),
            pod("gpu-1", "10.0.0.2", notReady, "", ""),
            pod("gpu-1", "10.0.0.3", unknown, "", ""),
            pod("gpu-1", "", READY, "", ""),
            pod("gpu-1", "10.0.0.4", READY, "2026-03-02T12:00:00Z", ""));

    assertThat(locator.locate())
        .isEqualTo(new Location.Nowhere("no ready dcgm-exporter pod on node gpu-1"));
  }

  @Test
  void refusedList_orNoServer_isSaid() {
    status = 403;
    assertThat(locator.locate())
        .isEqualTo(new Location.Nowhere("the API server answered 403 to a list of pods"));

    server.stop(0);
    assertThat(locator.locate()).isInstanceOf(Location.Nowhere.class);
  }

  private static Location at(String url) {
    return new Location.At(URI.create(url), Set.of("dcgm"), true);
  }

  private static String pod(
      String node, String address, String condition, String deleted, String port) {
    String leaving = deleted.isEmpty() ? "" : ", \"deletionTimestamp\": \"" + deleted + "\"";
    return """
    {"metadata": {"name": "dcgm"%s},
     "spec": {"nodeName": "%s", "containers": [{"ports": [%s]}]},
     "status": {"podIP": "%s", "conditions": [%s]}}
    """
        .formatted(leaving, node, port, address, condition);
  }
}
