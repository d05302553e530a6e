package io.gpuscaling.kubernetes.identity;

/** What the review of an access came to. */
public sealed interface AccessReview {

  /** May. */
  record Allowed() implements AccessReview {}

  /**
   * May not, or nobody has an opinion.
   *
   * @param reason the authorizer's words, possibly empty
   */
  record Denied(String reason) implements AccessReview {}

  /**
   * The review could not be made.
   *
   * @param reason a clause for logs, without secrets
   */
  record Failed(String reason) implements AccessReview {}
}
