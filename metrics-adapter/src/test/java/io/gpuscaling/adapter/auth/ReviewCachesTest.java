package io.gpuscaling.adapter.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReviewCachesTest {

  private static final UserInfo USER =
      new UserInfo("u", "", List.of("g"), Map.of("k", List.of("v")));
  private static final AccessRequest READ =
      new AccessRequest.Resource(
          USER, "get", "custom.metrics.k8s.io", "v1beta2", "pods", "m", "n", "*");

  private final BlockingCalls calls = new BlockingCalls();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void close() {
    calls.close();
  }

  @Test
  void token_reviewedOnce_countsForAWhileGoodOrBad() {
    var answer = new AtomicReference<TokenReview>(new TokenReview.Rejected());
    var tokens =
        new TokenAuthenticator(
            (_, _) -> {
              asked.incrementAndGet();
              return answer.get();
            },
            calls,
            nanos::get);
    assertThat(tokens.review("t", new TokenMemo()).join()).isInstanceOf(TokenReview.Rejected.class);
    answer.set(new TokenReview.Authenticated(USER, List.of()));

    nanos.addAndGet(TokenAuthenticator.KEPT.toNanos() - 1);
    assertThat(tokens.review("t", new TokenMemo()).isDone()).isTrue();
    assertThat(tokens.review("t", new TokenMemo()).join()).isInstanceOf(TokenReview.Rejected.class);
    assertThat(tokens.review("other", new TokenMemo()).join())
        .isInstanceOf(TokenReview.Authenticated.class);
    nanos.addAndGet(2);
    assertThat(tokens.review("t", new TokenMemo()).join())
        .isInstanceOf(TokenReview.Authenticated.class);
    assertThat(asked).hasValue(3);
  }

  @Test
  void token_failedReview_isTriedAgain() {
    var tokens =
        new TokenAuthenticator(
            (_, _) -> {
              asked.incrementAndGet();
              return new TokenReview.Failed("down");
            },
            calls,
            nanos::get);

    tokens.review("t", new TokenMemo()).join();
    tokens.review("t", new TokenMemo()).join();

    assertThat(asked).hasValue(2);
  }

  @Test
  void token_manyAtOnce_waitForOneReview() throws Exception {
    var go = new CountDownLatch(1);
    var tokens =
        new TokenAuthenticator(
            (_, _) -> {
              asked.incrementAndGet();
              awaitLatch(go);
              return new TokenReview.Authenticated(USER, List.of());
            },
            calls,
            nanos::get);
    CompletableFuture<TokenReview> first = tokens.review("t", new TokenMemo());
    CompletableFuture<TokenReview> second = tokens.review("t", new TokenMemo());
    assertThat(first).isNotDone();

    go.countDown();

    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo(second.get(5, TimeUnit.SECONDS));
    assertThat(asked).hasValue(1);
  }

  @Test
  void token_tooLong_isRejectedUnseen() {
    var tokens =
        new TokenAuthenticator(
            (_, _) -> {
              throw new AssertionError("asked");
            },
            calls,
            nanos::get);

    assertThat(
            tokens
                .review("x".repeat(TokenAuthenticator.MAX_TOKEN_LENGTH + 1), new TokenMemo())
                .join())
        .isInstanceOf(TokenReview.Rejected.class);
  }

  @Test
  void access_decidedOnce_countsForAWhile() {
    var authorizer = authorizer(new AccessReview.Denied("no"));

    assertThat(authorizer.authorize(READ).join()).isEqualTo(new AccessReview.Denied("no"));
    nanos.addAndGet(ReviewingAuthorizer.KEPT.toNanos() - 1);
    assertThat(authorizer.authorize(READ).isDone()).isTrue();
    assertThat(asked).hasValue(1);
    nanos.addAndGet(2);
    authorizer.authorize(READ).join();

    assertThat(asked).hasValue(2);
  }

  @Test
  void access_failedReview_isTriedAgain() {
    var authorizer = authorizer(new AccessReview.Failed("down"));

    authorizer.authorize(READ).join();
    authorizer.authorize(READ).join();

    assertThat(asked).hasValue(2);
  }

  @Test
  void access_hugeRequests_areNotKept() {
    var authorizer = authorizer(new AccessReview.Allowed());
    var huge =
        new AccessRequest.NonResource(
            USER, "get", "/" + "x".repeat(ReviewingAuthorizer.MAX_KEPT_CHARACTERS));

    authorizer.authorize(huge).join();
    authorizer.authorize(huge).join();

    assertThat(asked).hasValue(2);
  }

  @Test
  void access_mastersAndHealth_needNoReview() {
    var authorizer = authorizer(new AccessReview.Denied(""));
    var master = new UserInfo("x", "", List.of("system:masters"), Map.of());

    assertThat(authorizer.authorize(new AccessRequest.NonResource(master, "get", "/x")).join())
        .isInstanceOf(AccessReview.Allowed.class);
    assertThat(
            authorizer
                .authorize(new AccessRequest.NonResource(Users.ANONYMOUS, "get", "/livez"))
                .join())
        .isInstanceOf(AccessReview.Allowed.class);
    assertThat(
            authorizer
                .authorize(new AccessRequest.NonResource(Users.ANONYMOUS, "get", "/livez/ping"))
                .join())
        .isInstanceOf(AccessReview.Denied.class);
    assertThat(asked).hasValue(1);
  }

  @ParameterizedTest
  @CsvSource({
    "gpuscaling:readers, get, /apis, true",
    "gpuscaling:readers, get, /apis/custom.metrics.k8s.io/v1beta2, true",
    "gpuscaling:readers, get, /openapi/v2, true",
    "gpuscaling:readers, get, /metrics, true",
    "gpuscaling:readers, get, /readyz/ping, true",
    "gpuscaling:readers, get, /secret, false",
    "gpuscaling:readers, post, /apis, false",
    "gpuscaling:exporters, get, /apis, false",
    "gpuscaling:exporters, get, /livez, true",
    "system:masters, post, /anything, true",
  })
  void standalone_path_isReadByReadersOnly(String group, String verb, String path, boolean may) {
    var user = new UserInfo("x", "", List.of(group), Map.of());

    assertThat(
            new StandaloneAuthorizer()
                    .authorize(new AccessRequest.NonResource(user, verb, path))
                    .join()
                instanceof AccessReview.Allowed)
        .isEqualTo(may);
  }

  @ParameterizedTest
  @CsvSource({
    "gpuscaling:readers, get, custom.metrics.k8s.io, true",
    "gpuscaling:readers, list, external.metrics.k8s.io, true",
    "gpuscaling:readers, watch, external.metrics.k8s.io, false",
    "gpuscaling:readers, create, custom.metrics.k8s.io, false",
    "gpuscaling:readers, get, apps, false",
    "gpuscaling:exporters, get, custom.metrics.k8s.io, false",
  })
  void standalone_resource_isReadByReadersOnly(
      String group, String verb, String apiGroup, boolean may) {
    var user = new UserInfo("x", "", List.of(group), Map.of());

    assertThat(
            new StandaloneAuthorizer()
                    .authorize(
                        new AccessRequest.Resource(user, verb, apiGroup, "v1", "r", "", "n", ""))
                    .join()
                instanceof AccessReview.Allowed)
        .isEqualTo(may);
  }

  @Test
  void call_beyondDeadline_fails() {
    try (var short1 = new BlockingCalls(1, Duration.ofMillis(20))) {
      var never = new CountDownLatch(1);
      CompletableFuture<String> late =
          short1.run(
              () -> {
                awaitLatch(never);
                return "done";
              },
              reason -> reason);
      assertThat(late.join()).isEqualTo("no answer in time");
      // The call itself still runs and keeps its place.
      assertThat(short1.run(() -> "x", reason -> reason).join())
          .isEqualTo("too many calls are running");
      never.countDown();
    }
  }

  @Test
  void call_thatThrows_failsWithoutItsMessage() {
    assertThat(
            calls
                .<String>run(
                    () -> {
                      throw new IllegalStateException("secret");
                    },
                    reason -> reason)
                .join())
        .startsWith("the call broke: ")
        .doesNotContain("secret");
  }

  @Test
  void call_afterClose_fails() {
    calls.close();

    assertThat(calls.run(() -> "x", reason -> reason).join()).isEqualTo("going away");
  }

  private ReviewingAuthorizer authorizer(AccessReview answer) {
    return new ReviewingAuthorizer(
        _ -> {
          asked.incrementAndGet();
          return answer;
        },
        calls,
        nanos::get);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
