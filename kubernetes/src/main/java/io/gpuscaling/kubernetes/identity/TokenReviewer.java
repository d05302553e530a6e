package io.gpuscaling.kubernetes.identity;

import java.util.List;

/**
 * Asks the Kubernetes API whose a bearer token is. Blocks for one request, within a deadline; never
 * throws.
 */
@FunctionalInterface
public interface TokenReviewer {

  /**
   * Reviews a token.
   *
   * @param token the token, never logged
   * @param audiences whom the token must be meant for: at least one of these is then in {@link
   *     TokenReview.Authenticated#audiences}; empty for the API server's own
   */
  TokenReview review(String token, List<String> audiences);
}
