package io.gpuscaling.kubernetes.client;

import io.gpuscaling.kubernetes.pods.PodLookup;
import io.gpuscaling.kubernetes.pods.PodPlace;
import tools.jackson.databind.JsonNode;

/**
 * Asks the API server for a pod. Needs {@code get} on pods. Safe for use by any thread; blocks the
 * caller for one request, at most the configured time.
 */
public final class HttpPodLookup implements PodLookup, AutoCloseable {

  /** A pod is 1.5 MiB at most, as etcd stores it. */
  private static final int MAX_BODY_BYTES = 4 * 1024 * 1024;

  private final ApiServerClient client;

  /** A lookup that has not asked yet. */
  public HttpPodLookup(ApiServerAccess access) {
    this.client = new ApiServerClient(access, MAX_BODY_BYTES);
  }

  @Override
  public PodPlace find(String namespace, String name) {
    return switch (client.get("/api/v1/namespaces/" + namespace + "/pods/" + name)) {
      case ApiAnswer.Ok(JsonNode pod) -> {
        String node = pod.at("/spec/nodeName").asString("");
        String uid = pod.at("/metadata/uid").asString("");
        yield node.isEmpty() || uid.isEmpty()
            ? new PodPlace.Nowhere()
            : new PodPlace.OnNode(uid, node);
      }
      case ApiAnswer.Refused(int status, _, _) when status == ApiAnswer.Refused.NOT_FOUND ->
          new PodPlace.Nowhere();
      case ApiAnswer.Refused(int status, _, String message) ->
          new PodPlace.Unknown("the API server answered " + status + ": " + message);
      case ApiAnswer.Failed(String reason) -> new PodPlace.Unknown(reason);
    };
  }

  /** Ends what runs. */
  @Override
  public void close() {
    client.close();
  }
}
