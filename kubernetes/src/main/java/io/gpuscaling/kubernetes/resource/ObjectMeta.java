package io.gpuscaling.kubernetes.resource;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What is needed of {@code metadata}.
 *
 * @param namespace empty for cluster-scoped objects
 * @param name of the object
 * @param uid as the API server gave it; empty in a file
 * @param generation of the spec; 0 in a file
 * @param resourceVersion for a write that must not overtake another; empty in a file
 * @param createdAt by the API server; absent in a file
 * @param annotations all of them
 */
public record ObjectMeta(
    String namespace,
    String name,
    String uid,
    long generation,
    String resourceVersion,
    Optional<Instant> createdAt,
    Map<String, String> annotations) {

  /** Copies. */
  public ObjectMeta {
    annotations = Map.copyOf(annotations);
  }
}
