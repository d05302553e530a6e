package io.gpuscaling.adapter.auth;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenHasher;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Has bearer tokens reviewed and remembers the outcome for a short while, by a keyed hash: no token
 * is kept. Requests with the same token wait for one review. A review that could not be made is not
 * remembered. Safe for use by any thread.
 */
final class TokenAuthenticator {

  /** How long an outcome counts, good or bad. */
  static final Duration KEPT = Duration.ofSeconds(10);

  /** Most outcomes that are kept. */
  static final int MAX_KEPT = 8192;

  /** Longest token that is looked at. */
  static final int MAX_TOKEN_LENGTH = 32 * 1024;

  private final TokenReviewer reviewer;
  private final BlockingCalls calls;
  private final TokenHasher hasher = new TokenHasher();
  private final AsyncCache<String, TokenReview> outcomes;

  TokenAuthenticator(TokenReviewer reviewer, BlockingCalls calls, Ticker ticker) {
    this(reviewer, calls, ticker, StatsCounter.disabledStatsCounter());
  }

  TokenAuthenticator(
      TokenReviewer reviewer, BlockingCalls calls, Ticker ticker, StatsCounter counter) {
    this.reviewer = reviewer;
    this.calls = calls;
    this.outcomes =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEPT)
            .expireAfterWrite(KEPT)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .recordStats(() -> counter)
            .buildAsync();
  }

  CompletableFuture<TokenReview> review(String token, TokenMemo memo) {
    if (token.length() > MAX_TOKEN_LENGTH) {
      return CompletableFuture.completedFuture(new TokenReview.Rejected());
    }
    String hash = memo.hash(token, hasher::hash);
    CompletableFuture<TokenReview> outcome =
        outcomes.get(
            hash,
            (_, _) -> calls.run(() -> reviewer.review(token, List.of()), TokenReview.Failed::new));
    return outcome.whenComplete((review, _) -> {
      if (review instanceof TokenReview.Failed) {
        outcomes.asMap().remove(hash, outcome);
      }
    });
  }
}
