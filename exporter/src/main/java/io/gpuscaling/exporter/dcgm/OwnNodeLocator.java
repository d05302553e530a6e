package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.kubernetes.client.ApiAnswer;
import io.gpuscaling.kubernetes.client.ApiServerClient;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds the dcgm-exporter pod of one node by its labels: those of NVIDIA's GPU operator, then those
 * of its Helm chart. Asks the API server at each look-up; keeps nothing. Safe for use by any
 * thread.
 */
public final class OwnNodeLocator implements DcgmLocator {

  private static final List<String> SELECTORS =
      List.of("app=nvidia-dcgm-exporter", "app.kubernetes.io/name=dcgm-exporter");
  private static final List<String> PORT_NAMES = List.of("metrics", "gpu-metrics");
  private static final int DEFAULT_PORT = 9400;

  private final ApiServerClient api;
  private final String nodeName;
  private final String namespace;

  /**
   * A locator.
   *
   * @param namespace where the pod is looked for; empty: everywhere
   */
  public OwnNodeLocator(ApiServerClient api, String nodeName, String namespace) {
    this.api = api;
    this.nodeName = nodeName;
    this.namespace = namespace;
  }

  @Override
  public Location locate() {
    for (String selector : SELECTORS) {
      switch (api.get(path(selector))) {
        case ApiAnswer.Ok(JsonNode pods) -> {
          Location.At found = firstReady(pods);
          if (found != null) {
            return found;
          }
        }
        case ApiAnswer.Refused(int status, _, _) -> {
          return new Location.Nowhere("the API server answered " + status + " to a list of pods");
        }
        case ApiAnswer.Failed(String reason) -> {
          return new Location.Nowhere(reason);
        }
      }
    }
    return new Location.Nowhere("no ready dcgm-exporter pod on node " + nodeName);
  }

  private String path(String selector) {
    String scope = namespace.isEmpty() ? "" : "/namespaces/" + encoded(namespace);
    return "/api/v1"
        + scope
        + "/pods?fieldSelector="
        + encoded("spec.nodeName=" + nodeName)
        + "&labelSelector="
        + encoded(selector);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private Location.@Nullable At firstReady(JsonNode pods) {
    for (JsonNode pod : pods.path("items")) {
      String address = pod.at("/status/podIP").asString("");
      // The selector says so too; a server that ignores it must not lead to another node.
      boolean here = pod.at("/spec/nodeName").asString("").equals(nodeName);
      boolean leaving = !pod.at("/metadata/deletionTimestamp").isMissingNode();
      if (here && !leaving && !address.isEmpty() && isReady(pod)) {
        String host = address.contains(":") ? "[" + address + "]" : address;
        return new Location.At(
            URI.create("http://" + host + ":" + port(pod) + "/metrics"),
            Set.of(pod.at("/metadata/name").asString("")),
            true);
      }
    }
    return null;
  }

  private static boolean isReady(JsonNode pod) {
    for (JsonNode condition : pod.at("/status/conditions")) {
      if (condition.path("type").asString("").equals("Ready")) {
        return condition.path("status").asString("").equals("True");
      }
    }
    return false;
  }

  private static int port(JsonNode pod) {
    for (JsonNode container : pod.at("/spec/containers")) {
      for (JsonNode port : container.path("ports")) {
        if (PORT_NAMES.contains(port.path("name").asString(""))) {
          return port.path("containerPort").asInt(DEFAULT_PORT);
        }
      }
    }
    return DEFAULT_PORT;
  }
}
