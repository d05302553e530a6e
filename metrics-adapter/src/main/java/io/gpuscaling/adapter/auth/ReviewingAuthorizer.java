package io.gpuscaling.adapter.auth;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.AccessReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Has the cluster decide, and remembers its decisions for a short while. Equal requests wait for
 * one review; a review that could not be made is not remembered. Safe for use by any thread.
 */
public final class ReviewingAuthorizer implements Authorizer {

  /** How long a decision counts, either way. */
  static final Duration KEPT = Duration.ofSeconds(10);

  /** Most decisions that are kept. */
  static final int MAX_KEPT = 8192;

  /** Requests with more text than this are not kept: somebody is filling the memory. */
  static final int MAX_KEPT_CHARACTERS = 10_000;

  private final AccessReviewer reviewer;
  private final BlockingCalls calls;
  private final AsyncCache<AccessRequest, AccessReview> decisions;

  /** Keeps nothing yet. */
  public ReviewingAuthorizer(AccessReviewer reviewer, BlockingCalls calls, Ticker ticker) {
    this(reviewer, calls, ticker, StatsCounter.disabledStatsCounter());
  }

  /** Keeps nothing yet; measured. */
  public ReviewingAuthorizer(
      AccessReviewer reviewer, BlockingCalls calls, Ticker ticker, AuthMetrics metrics) {
    this(metrics.measured(reviewer), calls, ticker, metrics.cache("accesses"));
  }

  private ReviewingAuthorizer(
      AccessReviewer reviewer, BlockingCalls calls, Ticker ticker, StatsCounter counter) {
    this.reviewer = reviewer;
    this.calls = calls;
    this.decisions =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEPT)
            .expireAfterWrite(KEPT)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .recordStats(() -> counter)
            .buildAsync();
  }

  @Override
  public CompletableFuture<AccessReview> authorize(AccessRequest request) {
    if (AlwaysAllowed.covers(request)) {
      return CompletableFuture.completedFuture(new AccessReview.Allowed());
    }
    if (characters(request) > MAX_KEPT_CHARACTERS) {
      return ask(request);
    }
    CompletableFuture<AccessReview> decision = decisions.get(request, (_, _) -> ask(request));
    return decision.whenComplete((review, _) -> {
      if (review instanceof AccessReview.Failed) {
        decisions.asMap().remove(request, decision);
      }
    });
  }

  private CompletableFuture<AccessReview> ask(AccessRequest request) {
    return calls.run(() -> reviewer.review(request), AccessReview.Failed::new);
  }

  private static int characters(AccessRequest request) {
    int attributes =
        switch (request) {
          case AccessRequest.Resource r ->
              r.resource().length()
                  + r.subresource().length()
                  + r.namespace().length()
                  + r.name().length();
          case AccessRequest.NonResource(var _, var _, String path) -> path.length();
        };
    UserInfo user = request.user();
    int groups = user.groups().stream().mapToInt(String::length).sum();
    int extra =
        user.extra().entrySet().stream()
            .mapToInt(
                e -> e.getKey().length() + e.getValue().stream().mapToInt(String::length).sum())
            .sum();
    return attributes + user.name().length() + groups + extra;
  }
}
