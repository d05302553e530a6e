package io.gpuscaling.adapter.auth;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

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

  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  private final TokenReviewer reviewer;
  private final BlockingCalls calls;
  private final SecretKeySpec key;
  private final AsyncCache<String, TokenReview> outcomes;

  TokenAuthenticator(TokenReviewer reviewer, BlockingCalls calls, Ticker ticker) {
    this(reviewer, calls, ticker, StatsCounter.disabledStatsCounter());
  }

  TokenAuthenticator(
      TokenReviewer reviewer, BlockingCalls calls, Ticker ticker, StatsCounter counter) {
    this.reviewer = reviewer;
    this.calls = calls;
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    this.key = new SecretKeySpec(random, ALGORITHM);
    this.outcomes =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEPT)
            .expireAfterWrite(KEPT)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .recordStats(() -> counter)
            .buildAsync();
  }

  CompletableFuture<TokenReview> review(String token) {
    if (token.length() > MAX_TOKEN_LENGTH) {
      return CompletableFuture.completedFuture(new TokenReview.Rejected());
    }
    String hash = hash(token);
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

  private String hash(String token) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return HexFormat.of().formatHex(mac.doFinal(token.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }
}
