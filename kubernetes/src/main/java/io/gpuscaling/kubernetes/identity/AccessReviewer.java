package io.gpuscaling.kubernetes.identity;

/**
 * Asks the Kubernetes API whether a user may do something. Blocks for one request, within a
 * deadline; never throws.
 */
@FunctionalInterface
public interface AccessReviewer {

  /** Reviews an access. */
  AccessReview review(AccessRequest request);
}
