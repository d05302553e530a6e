package io.gpuscaling.kubernetes.identity;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Remembers reviews for a short time, good and bad alike, since a caller shows the same token again
 * and again. Failed reviews are not remembered. Tokens are kept as a keyed hash only ({@link
 * TokenHasher}). At most one review of the same token runs at a time; whoever asks meanwhile gets
 * the same answer, a failure too, so that an API server that hangs delays each caller once. Safe
 * for use by any thread.
 */
public final class CachingTokenReviewer implements TokenReviewer {

  private final TokenReviewer reviewer;
  private final AsyncCache<Key, TokenReview> cache;
  private final TokenHasher hasher = new TokenHasher();

  private record Key(String hash, List<String> audiences) {}

  /**
   * A memory in front of a reviewer.
   *
   * @param timeToLive how long a review is remembered; also how long a revoked token may live on
   * @param maxEntries most reviews that are remembered
   */
  public CachingTokenReviewer(
      TokenReviewer reviewer,
      Duration timeToLive,
      int maxEntries,
      io.gpuscaling.core.time.Ticker ticker) {
    this.reviewer = reviewer;
    Ticker nanos = ticker::nanos;
    this.cache =
        Caffeine.newBuilder()
            .expireAfterWrite(timeToLive)
            .maximumSize(maxEntries)
            .ticker(nanos)
            .buildAsync();
  }

  @Override
  public TokenReview review(String token, List<String> audiences) {
    var key = new Key(hasher.hash(token), List.copyOf(audiences));
    var mine = new CompletableFuture<TokenReview>();
    CompletableFuture<TokenReview> running = cache.asMap().putIfAbsent(key, mine);
    if (running != null) {
      return running.join();
    }
    // On this thread: a slow review of one token holds no lock that another's needs.
    ask(token, key, mine);
    return mine.join();
  }

  private void ask(String token, Key key, CompletableFuture<TokenReview> answer) {
    try {
      TokenReview review = reviewer.review(token, key.audiences());
      if (review instanceof TokenReview.Failed) {
        cache.asMap().remove(key, answer);
      }
      answer.complete(review);
    } catch (RuntimeException | Error bug) {
      cache.asMap().remove(key, answer);
      answer.completeExceptionally(bug); // else those who wait for it would wait for ever
    }
  }
}
