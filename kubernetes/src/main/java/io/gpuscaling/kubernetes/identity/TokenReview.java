package io.gpuscaling.kubernetes.identity;

import java.util.List;

/** What the review of a token came to. */
public sealed interface TokenReview {

  /**
   * The token is good.
   *
   * @param user whose it is
   * @param audiences the asked audiences that the token is meant for; empty when none was asked or
   *     when the reviewer does not know audiences, which a caller that asked for one must take as a
   *     rejection
   */
  record Authenticated(UserInfo user, List<String> audiences) implements TokenReview {

    /** Copies the list. */
    public Authenticated {
      audiences = List.copyOf(audiences);
    }
  }

  /** The token is not good. */
  record Rejected() implements TokenReview {}

  /**
   * The review could not be made.
   *
   * @param reason a clause for logs, without secrets
   */
  record Failed(String reason) implements TokenReview {}
}
