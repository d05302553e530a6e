package io.gpuscaling.kubernetes.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class CachingTokenReviewerTest {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(10);
  private static final List<String> AUDIENCE = List.of("gpuscaling-leases");

  private static final int MAX_ENTRIES = 100;

  private final AtomicLong now = new AtomicLong(-5); // a ticker may begin anywhere
  private final AtomicInteger reviews = new AtomicInteger();

  @Test
  void review_sameTokenAgain_isRemembered() {
    var reviewer = caching(_ -> authenticated("a"));

    assertThat(reviewer.review("token", AUDIENCE)).isEqualTo(authenticated("a"));
    assertThat(reviewer.review("token", AUDIENCE)).isEqualTo(authenticated("a"));
    assertThat(reviews).hasValue(1);
  }

  @Test
  void review_otherTokenOrAudience_isAskedForItself() {
    var reviewer = caching(CachingTokenReviewerTest::authenticated);

    assertThat(reviewer.review("a", AUDIENCE)).isEqualTo(authenticated("a"));
    assertThat(reviewer.review("b", AUDIENCE)).isEqualTo(authenticated("b"));
    assertThat(reviewer.review("a", List.of())).isEqualTo(authenticated("a"));
    assertThat(reviews).hasValue(3);
  }

  @Test
  void review_rejected_isRememberedToo() {
    var reviewer = caching(_ -> new TokenReview.Rejected());

    reviewer.review("token", AUDIENCE);
    reviewer.review("token", AUDIENCE);

    assertThat(reviews).hasValue(1);
  }

  @Test
  void review_failed_isAskedAgain() {
    var reviewer =
        caching(_ -> reviews.get() == 1 ? new TokenReview.Failed("down") : authenticated("a"));

    assertThat(reviewer.review("token", AUDIENCE)).isEqualTo(new TokenReview.Failed("down"));
    assertThat(reviewer.review("token", AUDIENCE)).isEqualTo(authenticated("a"));
  }

  @Test
  void review_timeToLivePassed_isAskedAgain() {
    var reviewer = caching(_ -> authenticated("a"));
    reviewer.review("token", AUDIENCE);

    now.addAndGet(TIME_TO_LIVE.toNanos() - 1_000);
    reviewer.review("token", AUDIENCE);
    assertThat(reviews).hasValue(1);

    now.addAndGet(2_000);
    reviewer.review("token", AUDIENCE);
    assertThat(reviews).hasValue(2);
  }

  @Test
  void review_manyAtOnce_asksOnce() throws Exception {
    var release = new CountDownLatch(1);
    var reviewer = caching(_ -> awaited(release, authenticated("a")));

    List<TokenReview> answers = allAtOnce(reviewer, 20, release);

    assertThat(answers).hasSize(20).containsOnly(authenticated("a"));
    assertThat(reviews).hasValue(1);
  }

  @Test
  void review_manyAtOnceAndItFails_allHaveThatOneAnswer() throws Exception {
    var release = new CountDownLatch(1);
    var reviewer = caching(_ -> awaited(release, new TokenReview.Failed("timed out")));

    List<TokenReview> answers = allAtOnce(reviewer, 20, release);

    // One after another they would wait twenty time-outs.
    assertThat(answers).hasSize(20).containsOnly(new TokenReview.Failed("timed out"));
    assertThat(reviews).hasValue(1);
  }

  @Test
  void review_oneTokenHangs_othersDoNotWait() throws Exception {
    var release = new CountDownLatch(1);
    var reviewer =
        caching(token ->
            token.equals("slow") ? awaited(release, authenticated("slow")) : authenticated(token));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<TokenReview> slow = threads.submit(() -> reviewer.review("slow", AUDIENCE));
      Awaitility.await().until(() -> reviews.get() == 1);
      // Enough that some would share a lock with the slow one, if there were locks.
      for (int i = 0; i < 500; i++) {
        int token = i;
        assertThat(
                threads
                    .submit(() -> reviewer.review("fast-" + token, AUDIENCE))
                    .get(10, TimeUnit.SECONDS))
            .isEqualTo(authenticated("fast-" + token));
      }
      assertThat(slow.isDone()).isFalse();
      release.countDown();
      assertThat(slow.get(10, TimeUnit.SECONDS)).isEqualTo(authenticated("slow"));
    }
  }

  @Test
  void review_reviewerHasABug_isNotRemembered() {
    var reviewer =
        caching(_ -> {
          if (reviews.get() == 1) {
            throw new IllegalStateException("a bug");
          }
          return authenticated("a");
        });

    assertThatThrownBy(() -> reviewer.review("token", AUDIENCE))
        .hasRootCauseInstanceOf(IllegalStateException.class);
    assertThat(reviewer.review("token", AUDIENCE)).isEqualTo(authenticated("a"));
  }

  @Test
  void review_manyTokens_remembersNoMoreThanTheBound() {
    var reviewer = caching(CachingTokenReviewerTest::authenticated);
    for (int i = 0; i < 10_000; i++) {
      reviewer.review("token-" + i, AUDIENCE);
    }
    Awaitility.await()
        .untilAsserted(() -> {
          reviews.set(0);
          for (int i = 0; i < 10_000; i += 2) {
            reviewer.review("token-" + i, AUDIENCE);
          }
          assertThat(reviews).hasValueGreaterThan(5_000 - 2 * MAX_ENTRIES);
        });
  }

  @Test
  void review_afterwards_holdsNoToken() {
    var reviewer = caching(_ -> authenticated("a"));
    WeakReference<String> reference = reviewed(reviewer);

    Awaitility.await()
        .until(() -> {
          System.gc();
          return reference.refersTo(null);
        });
    reviewer.review("secret-token", AUDIENCE);
    assertThat(reviews).describedAs("the review itself is still remembered").hasValue(1);
  }

  private static WeakReference<String> reviewed(CachingTokenReviewer reviewer) {
    String token = String.valueOf("secret-token".toCharArray()); // the constant itself lives on
    reviewer.review(token, AUDIENCE);
    return new WeakReference<>(token);
  }

  @FunctionalInterface
  private interface Answer {
    TokenReview to(String token);
  }

  private CachingTokenReviewer caching(Answer answer) {
    return new CachingTokenReviewer(
        (token, _) -> {
          reviews.incrementAndGet();
          return answer.to(token);
        },
        TIME_TO_LIVE,
        MAX_ENTRIES,
        now::get);
  }

  private List<TokenReview> allAtOnce(
      CachingTokenReviewer reviewer, int callers, CountDownLatch release)
      throws InterruptedException, ExecutionException {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var started = new CountDownLatch(callers);
      var answers = new ArrayList<Future<TokenReview>>();
      for (int i = 0; i < callers; i++) {
        answers.add(
            threads.submit(() -> {
              started.countDown();
              return reviewer.review("token", AUDIENCE);
            }));
      }
      started.await();
      Awaitility.await().until(() -> reviews.get() == 1);
      release.countDown();
      var all = new ArrayList<TokenReview>();
      for (Future<TokenReview> answer : answers) {
        all.add(answer.get());
      }
      return all;
    }
  }

  private static TokenReview awaited(CountDownLatch release, TokenReview answer) {
    try {
      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return answer;
  }

  private static TokenReview authenticated(String name) {
    return new TokenReview.Authenticated(
        new UserInfo(name, "", List.of(), Map.of()), List.of("gpuscaling-leases"));
  }
}
