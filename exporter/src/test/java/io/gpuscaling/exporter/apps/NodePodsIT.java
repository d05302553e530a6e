package io.gpuscaling.exporter.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Looks applications' pods up at a real API server, with the rights of the shipped manifests. */
@Timeout(120)
@ExtendWith(ControlPlaneExtension.class)
final class NodePodsIT {

  private static final String NODE = "apps-node-1";

  @TempDir private Path folder;

  private static AppEndpoint endpoint(String namespace, String selector) {
    return new AppEndpoint(
        "llm",
        namespace,
        selector,
        new AppUrl("http://{podIP}/q"),
        new AppNumber.Metric("m"),
        Exactness.EXACT);
  }

  private static void pod(
      ControlPlane plane,
      String namespace,
      String name,
      String node,
      String phase,
      String address) {
    plane.objects().pod(GpuPod.onNode(namespace, name, node).withLabels(Map.of("app", "llm")));
    plane
        .api()
        .merge(
            "/api/v1/namespaces/" + namespace + "/pods/" + name + "/status",
            """
            {"status": {"phase": "%s", "podIP": "%s", "podIPs": [{"ip": "%s"}]}}
            """
                .formatted(phase, address, address))
        .orThrow();
  }

  private List<String> names(AppPods pods, AppEndpoint endpoint) {
    return switch (pods.of(endpoint)) {
      case AppPods.Listing.Known(List<AppPod> found) ->
          found.stream().map(it -> it + "@" + it.address()).sorted().toList();
      case AppPods.Listing.Failed(String detail) -> List.of(detail);
    };
  }

  @Test
  void pods_ofTheNodeWithTheLabels_areFound_andAFaultIsSaid(ControlPlane plane) throws IOException {
    for (String namespace : new String[] {"apps-a", "apps-b"}) {
      plane.objects().namespace(namespace);
    }
    plane.objects().gpuNode(NODE, 4);
    plane.objects().gpuNode("apps-node-2", 1);
    pod(plane, "apps-a", "one", NODE, "Running", "10.2.0.1");
    pod(plane, "apps-b", "two", NODE, "Running", "10.2.0.2");
    pod(plane, "apps-a", "done", NODE, "Succeeded", "10.2.0.3");
    pod(plane, "apps-a", "elsewhere", "apps-node-2", "Running", "10.2.0.4");
    plane.objects().namespace("gpuscaling");
    plane.objects().serviceAccount("gpuscaling", "exporter");
    var rights = new StringBuilder();
    for (String document :
        Files.readString(Path.of("../manifests/base/exporter.yaml")).split("\n---\n", -1)) {
      if (document.contains("kind: ClusterRole")) {
        rights.append(document).append("\n---\n");
      }
    }
    plane.kubectl().apply(rights.toString());
    try (var client =
        new ApiServerClient(
            new ApiServerAccess(
                URI.create(plane.serverUrl()),
                Files.writeString(folder.resolve("ca"), plane.authority().certificatePem()),
                Files.writeString(
                    folder.resolve("token"), plane.objects().token("gpuscaling", "exporter")),
                Duration.ofSeconds(10)),
            1 << 20)) {
      var pods = new NodePods(client, NODE);

      assertThat(names(pods, endpoint("", "app=llm")))
          .containsExactly("apps-a/one@10.2.0.1", "apps-b/two@10.2.0.2");
      assertThat(names(pods, endpoint("apps-b", "app in (llm, other)")))
          .containsExactly("apps-b/two@10.2.0.2");
      assertThat(names(pods, endpoint("", "app=other"))).isEmpty();
      assertThat(names(pods, endpoint("", "app in (")))
          .singleElement()
          .asString()
          .startsWith("the API server answered 400 to a list of pods: ");
    }
  }
}
