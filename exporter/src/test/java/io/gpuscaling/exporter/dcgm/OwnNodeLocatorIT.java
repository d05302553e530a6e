package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.dcgm.DcgmLocator.Location;
import io.gpuscaling.kubernetes.client.ApiServerAccess;
import io.gpuscaling.kubernetes.client.ApiServerClient;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Looks dcgm-exporter pods up at a real API server, with the rights of the shipped manifests. */
@Timeout(120)
@ExtendWith(ControlPlaneExtension.class)
final class OwnNodeLocatorIT {

  private static final String OPERATOR = "gpu-operator";

  @TempDir private static Path folder;
  private static ControlPlane plane;
  private static ApiServerClient allowed;
  private static ApiServerClient stranger;

  @SuppressWarnings("NullAway.Init") // before all tests
  OwnNodeLocatorIT() {}

  @BeforeAll
  static void open(ControlPlane given) throws IOException {
    plane = given;
    plane.objects().namespace(OPERATOR);
    plane.objects().namespace("gpuscaling");
    plane.objects().serviceAccount("gpuscaling", "exporter");
    plane.objects().serviceAccount("gpuscaling", "stranger");
    for (String node : new String[] {"dcgm-node-1", "dcgm-node-2", "dcgm-node-3"}) {
      plane.objects().gpuNode(node, 1);
    }
    plane.kubectl().apply(shippedRights());
    allowed = client("exporter");
    stranger = client("stranger");
  }

  @AfterAll
  static void close() {
    allowed.close();
    stranger.close();
  }

  /** The ClusterRole and its binding of the shipped exporter, word for word. */
  private static String shippedRights() throws IOException {
    var rights = new StringBuilder();
    for (String document :
        Files.readString(Path.of("../manifests/base/exporter.yaml")).split("\n---\n", -1)) {
      if (document.contains("kind: ClusterRole")) {
        rights.append(document).append("\n---\n");
      }
    }
    return rights.toString();
  }

  private static ApiServerClient client(String account) throws IOException {
    Path ca =
        Files.writeString(folder.resolve("ca-" + account), plane.authority().certificatePem());
    Path token =
        Files.writeString(
            folder.resolve("token-" + account), plane.objects().token("gpuscaling", account));
    return new ApiServerClient(
        new ApiServerAccess(URI.create(plane.serverUrl()), ca, token, Duration.ofSeconds(10)),
        1 << 20);
  }

  private static GpuPod pod(String name, String node, String address, boolean ready) {
    var pod = GpuPod.onNode(OPERATOR, name, node).withLabels(Map.of("app", "nvidia-dcgm-exporter"));
    plane.objects().pod(pod);
    plane
        .api()
        .merge(
            path(name) + "/status",
            """
            {"status": {"phase": "Running", "podIP": "%s", "podIPs": [{"ip": "%s"}],
              "conditions": [{"type": "Ready", "status": "%s"}]}}
            """
                .formatted(address, address, ready ? "True" : "False"))
        .orThrow();
    return pod;
  }

  private static String path(String name) {
    return "/api/v1/namespaces/" + OPERATOR + "/pods/" + name;
  }

  @Test
  void podOfTheOwnNode_isFoundAndFollowed() {
    pod("dcgm-a", "dcgm-node-1", "10.1.0.1", true);
    pod("dcgm-b", "dcgm-node-2", "10.1.0.2", true);
    var everywhere = new OwnNodeLocator(allowed, "dcgm-node-1", "");

    assertThat(everywhere.locate())
        .isEqualTo(
            new Location.At(URI.create("http://10.1.0.1:9400/metrics"), Set.of("dcgm-a"), true));
    assertThat(new OwnNodeLocator(allowed, "dcgm-node-2", OPERATOR).locate())
        .isEqualTo(
            new Location.At(URI.create("http://10.1.0.2:9400/metrics"), Set.of("dcgm-b"), true));
    assertThat(new OwnNodeLocator(allowed, "dcgm-node-1", "gpuscaling").locate())
        .isInstanceOf(Location.Nowhere.class);

    plane.api().delete(path("dcgm-a") + "?gracePeriodSeconds=0").orThrow();
    pod("dcgm-c", "dcgm-node-1", "10.1.0.3", true);

    assertThat(everywhere.locate())
        .isEqualTo(
            new Location.At(URI.create("http://10.1.0.3:9400/metrics"), Set.of("dcgm-c"), true));
  }

  @Test
  void podThatIsNotReady_isNotFound() {
    pod("dcgm-d", "dcgm-node-3", "10.1.0.4", false);

    assertThat(new OwnNodeLocator(allowed, "dcgm-node-3", "").locate())
        .isEqualTo(new Location.Nowhere("no ready dcgm-exporter pod on node dcgm-node-3"));
  }

  @Test
  void withoutTheRight_theReasonIsSaid() {
    assertThat(new OwnNodeLocator(stranger, "dcgm-node-1", "").locate())
        .isEqualTo(new Location.Nowhere("the API server answered 403 to a list of pods"));
  }
}
