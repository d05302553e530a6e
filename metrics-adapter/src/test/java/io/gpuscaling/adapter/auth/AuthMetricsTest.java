package io.gpuscaling.adapter.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.prometheus.client.CollectorRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuthMetricsTest {

  private static final UserInfo USER = new UserInfo("hpa", "", List.of(), Map.of());

  private final CollectorRegistry registry = new CollectorRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private final BlockingCalls calls = new BlockingCalls();
  private final AuthMetrics metrics = new AuthMetrics(registry, nanos::get);

  @AfterEach
  void close() {
    calls.close();
  }

  private @Nullable Double lookups(String cache, String outcome) {
    return registry.getSampleValue(
        "gpuscaling_auth_cache_lookups_total",
        new String[] {"cache", "outcome"},
        new String[] {cache, outcome});
  }

  private @Nullable Double reviews(String suffix, String review, String outcome) {
    return registry.getSampleValue(
        "gpuscaling_auth_review_duration_seconds" + suffix,
        new String[] {"review", "outcome"},
        new String[] {review, outcome});
  }

  @Test
  void token_askedTwice_isOneReviewAndOneHit() {
    var tokens =
        new TokenAuthenticator(
            metrics.measured((_, _) -> {
              nanos.addAndGet(2_000_000_000L);
              return new TokenReview.Authenticated(USER, List.of());
            }),
            calls,
            nanos::get,
            metrics.cache("tokens"));

    tokens.review("t", new TokenMemo()).join();
    tokens.review("t", new TokenMemo()).join();

    assertThat(lookups("tokens", "miss")).isEqualTo(1);
    assertThat(lookups("tokens", "hit")).isEqualTo(1);
    assertThat(reviews("_count", "token", "authenticated")).isEqualTo(1);
    assertThat(reviews("_sum", "token", "authenticated")).isEqualTo(2);
  }

  @Test
  void token_badOrUnreviewable_isCountedAsSuch() {
    metrics.measured((_, _) -> new TokenReview.Rejected()).review("t", List.of());
    metrics.measured((_, _) -> new TokenReview.Failed("down")).review("t", List.of());

    assertThat(reviews("_count", "token", "rejected")).isEqualTo(1);
    assertThat(reviews("_count", "token", "failed")).isEqualTo(1);
  }

  @Test
  void cache_tellsOfLookUpsAlone() {
    StatsCounter counter = metrics.cache("tokens");

    counter.recordLoadSuccess(1);
    counter.recordLoadFailure(1);
    counter.recordEviction(1, RemovalCause.SIZE);

    assertThat(counter.snapshot()).isEqualTo(CacheStats.empty());
    assertThat(lookups("tokens", "hit")).isZero();
  }

  @Test
  void access_ofEveryOutcome_isMeasured() {
    var request = new AccessRequest.NonResource(USER, "get", "/metrics");
    for (AccessReview review :
        List.of(
            new AccessReview.Allowed(),
            new AccessReview.Denied(""),
            new AccessReview.Failed("down"))) {
      var authorizer = new ReviewingAuthorizer(_ -> review, calls, nanos::get, metrics);
      authorizer.authorize(request).join();
      authorizer.authorize(request).join();
    }

    assertThat(reviews("_count", "access", "allowed")).isEqualTo(1);
    assertThat(reviews("_count", "access", "denied")).isEqualTo(1);
    assertThat(reviews("_count", "access", "failed")).isEqualTo(2);
    assertThat(lookups("accesses", "hit")).isEqualTo(2);
    assertThat(lookups("accesses", "miss")).isEqualTo(4);
  }
}
