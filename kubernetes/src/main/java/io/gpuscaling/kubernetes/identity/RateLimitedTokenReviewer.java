package io.gpuscaling.kubernetes.identity;

import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.List;

/**
 * Lets so many reviews through in a second, and as many at once after a quiet time: the API server
 * is not to be flooded by whoever makes tokens up. Goes behind a memory of reviews. Safe for use by
 * any thread.
 */
public final class RateLimitedTokenReviewer implements TokenReviewer {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final TokenReviewer reviewer;
  private final int perSecond;
  private final Ticker ticker;

  // Guarded by this.
  private double left;
  private long countedAtNanos;

  /** A limit in front of a reviewer. */
  public RateLimitedTokenReviewer(TokenReviewer reviewer, int perSecond, Ticker ticker) {
    this.reviewer = reviewer;
    this.perSecond = perSecond;
    this.ticker = ticker;
    this.left = perSecond;
    this.countedAtNanos = ticker.nanos();
  }

  @Override
  public TokenReview review(String token, List<String> audiences) {
    return take()
        ? reviewer.review(token, audiences)
        : new TokenReview.Failed("more than " + perSecond + " new tokens in a second");
  }

  private synchronized boolean take() {
    long now = ticker.nanos();
    left = Math.min(perSecond, left + perSecond * ((now - countedAtNanos) / (double) SECOND));
    countedAtNanos = now;
    if (left < 1) {
      return false;
    }
    left--;
    return true;
  }
}
