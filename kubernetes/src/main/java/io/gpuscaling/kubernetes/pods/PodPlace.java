package io.gpuscaling.kubernetes.pods;

/** Where a pod is. */
public sealed interface PodPlace {

  /**
   * It is bound to a node.
   *
   * @param uid tells it from an earlier pod of the same name
   * @param node which
   */
  record OnNode(String uid, String node) implements PodPlace {}

  /** There is no such pod, or it is not bound to a node yet. */
  record Nowhere() implements PodPlace {}

  /**
   * The cluster could not be asked.
   *
   * @param reason a clause, without secrets
   */
  record Unknown(String reason) implements PodPlace {}
}
