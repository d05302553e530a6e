package io.gpuscaling.adapter.auth;

import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.AccessReviewer;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;

/**
 * How often authentication and authorization knew the answer already, and how long the cluster took
 * where they did not. Safe for use by any thread.
 */
public final class AuthMetrics {

  private static final double NANOS_PER_SECOND = 1e9;

  private final Counter lookups;
  private final Histogram reviews;
  private final Ticker ticker;

  /** Registers the families. */
  public AuthMetrics(CollectorRegistry registry, Ticker ticker) {
    this.ticker = ticker;
    lookups =
        Counter.build(
                "gpuscaling_auth_cache_lookups_total",
                "Look-ups of remembered outcomes (certificates, tokens, accesses), by whether there"
                    + " was one (hit, miss).")
            .labelNames("cache", "outcome")
            .register(registry);
    reviews =
        Histogram.build(
                "gpuscaling_auth_review_duration_seconds",
                "Time that the cluster took for a review (token, access), tries included, by its"
                    + " outcome.")
            .labelNames("review", "outcome")
            .buckets(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10)
            .register(registry);
  }

  /** Counts the look-ups of a cache. */
  StatsCounter cache(String name) {
    return new Lookups(lookups.labels(name, "hit"), lookups.labels(name, "miss"));
  }

  /** The same reviewer, measured. */
  public TokenReviewer measured(TokenReviewer reviewer) {
    return (token, audiences) -> {
      long startedAt = ticker.nanos();
      TokenReview review = reviewer.review(token, audiences);
      String outcome =
          switch (review) {
            case TokenReview.Authenticated _ -> "authenticated";
            case TokenReview.Rejected _ -> "rejected";
            case TokenReview.Failed _ -> "failed";
          };
      took("token", outcome, startedAt);
      return review;
    };
  }

  /** The same reviewer, measured. */
  public AccessReviewer measured(AccessReviewer reviewer) {
    return request -> {
      long startedAt = ticker.nanos();
      AccessReview review = reviewer.review(request);
      String outcome =
          switch (review) {
            case AccessReview.Allowed _ -> "allowed";
            case AccessReview.Denied _ -> "denied";
            case AccessReview.Failed _ -> "failed";
          };
      took("access", outcome, startedAt);
      return review;
    };
  }

  private void took(String review, String outcome, long startedAt) {
    reviews.labels(review, outcome).observe((ticker.nanos() - startedAt) / NANOS_PER_SECOND);
  }

  /** What a cache tells of itself, as far as it is wanted. */
  private record Lookups(Counter.Child hits, Counter.Child misses) implements StatsCounter {

    @Override
    public void recordHits(int count) {
      hits.inc(count);
    }

    @Override
    public void recordMisses(int count) {
      misses.inc(count);
    }

    @Override
    public void recordLoadSuccess(long loadTime) {
      // Reviews are measured where they are made.
    }

    @Override
    public void recordLoadFailure(long loadTime) {
      // Reviews are measured where they are made.
    }

    @Override
    public void recordEviction(int weight, RemovalCause cause) {
      // Outcomes come and go all the time.
    }

    @Override
    public CacheStats snapshot() {
      return CacheStats.empty();
    }
  }
}
