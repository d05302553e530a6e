package io.gpuscaling.exporter.apps;

import io.gpuscaling.kubernetes.client.ApiAnswer;
import io.gpuscaling.kubernetes.client.ApiServerClient;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Asks the API server for the pods of one node, out of its cache. Keeps nothing. Safe for use by
 * any thread.
 */
public final class NodePods implements AppPods {

  /** Pods that have ended have no page; their address may be another pod's. */
  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

  private final ApiServerClient api;
  private final String node;

  /** Of this node. */
  public NodePods(ApiServerClient api, String node) {
    this.api = api;
    this.node = node;
  }

  @Override
  public Listing of(AppEndpoint endpoint) {
    return switch (api.get(path(endpoint))) {
      case ApiAnswer.Ok(JsonNode list) -> new Listing.Known(pods(list));
      case ApiAnswer.Refused(int status, _, String message) ->
          new Listing.Failed(
              "the API server answered " + status + " to a list of pods: " + message);
      case ApiAnswer.Failed(String reason) -> new Listing.Failed(reason);
    };
  }

  private String path(AppEndpoint endpoint) {
    String scope =
        endpoint.namespace().isEmpty() ? "" : "/namespaces/" + encoded(endpoint.namespace());
    return "/api/v1"
        + scope
        + "/pods?resourceVersion=0&fieldSelector="
        + encoded("spec.nodeName=" + node)
        + "&labelSelector="
        + encoded(endpoint.selector());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private List<AppPod> pods(JsonNode list) {
    var pods = new ArrayList<AppPod>();
    for (JsonNode pod : list.path("items")) {
      String address = pod.at("/status/podIP").asString("");
      // The selector says so too; a server that ignores it must not lead to another node.
      boolean here = pod.at("/spec/nodeName").asString("").equals(node);
      if (here && !address.isEmpty() && !ENDED.contains(pod.at("/status/phase").asString(""))) {
        pods.add(
            new AppPod(
                pod.at("/metadata/namespace").asString(""),
                pod.at("/metadata/name").asString(""),
                pod.at("/metadata/uid").asString(""),
                address));
      }
    }
    return pods;
  }
}
