package io.gpuscaling.demo.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The projected tokens of the simulated pods. Safe for use by any thread. */
public final class PodTokens {

  private final Map<String, Pod> pods = new ConcurrentHashMap<>();

  /** None yet. */
  public PodTokens() {}

  /**
   * A pod, as its token's claims say it.
   *
   * @param uid tells it from an earlier one of that name
   */
  public record Pod(
      String namespace, String name, String uid, String serviceAccount, String node) {}

  /** A token for a pod, good until it is revoked. */
  public String issue(Pod pod) {
    String token = UUID.randomUUID().toString();
    pods.put(token, pod);
    return token;
  }

  /** The pod is gone. */
  public void revoke(String token) {
    pods.remove(token);
  }

  /** Whose token it is. */
  Optional<Pod> pod(String token) {
    return Optional.ofNullable(pods.get(token));
  }
}
