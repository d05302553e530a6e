package io.gpuscaling.kubernetes.pods;

/** Says where pods are. Safe for use by any thread; may block for one request. */
@FunctionalInterface
public interface PodLookup {

  /** Where a pod is now. */
  PodPlace find(String namespace, String name);
}
