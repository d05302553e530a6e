package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.api.json.StatusWriter;
import io.gpuscaling.adapter.api.request.MetricsRequest;
import io.gpuscaling.adapter.api.request.Negotiation;
import io.gpuscaling.adapter.api.request.ParsedRequest;
import io.gpuscaling.adapter.api.request.RouteOptions;
import io.gpuscaling.adapter.auth.Authentication;
import io.gpuscaling.adapter.auth.Authenticator;
import io.gpuscaling.adapter.auth.Authorizer;
import io.gpuscaling.adapter.auth.ClientCertificates;
import io.gpuscaling.adapter.auth.Credentials;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a request in the order that keeps it safe: who is it, may they, what is it, and only then
 * its parameters. Knows no transport. Safe for use by any thread; never blocks.
 */
final class RequestService {

  private static final Logger LOG = LoggerFactory.getLogger(RequestService.class);
  private static final String IMPERSONATE = "impersonate-";

  private final Authenticator authenticator;
  private final Authorizer authorizer;
  private final Endpoints endpoints;
  private final RouteOptions routes;
  private final RequestObserver observer;
  private final Ticker ticker;
  private final AtomicInteger inFlight = new AtomicInteger();

  /** So that a failure is logged once, not with each request. */
  private final AtomicReference<String> lastReviewFailure = new AtomicReference<>("");

  RequestService(
      Authenticator authenticator,
      Authorizer authorizer,
      Endpoints endpoints,
      RouteOptions routes,
      RequestObserver observer,
      Ticker ticker) {
    this.authenticator = authenticator;
    this.authorizer = authorizer;
    this.endpoints = endpoints;
    this.routes = routes;
    this.observer = observer;
    this.ticker = ticker;
  }

  /** What came of a request. */
  private record Outcome(Answer answer, String user, boolean isStranger) {
    static Outcome error(ApiError error, String user, boolean isStranger) {
      return new Outcome(StatusWriter.answer(error), user, isStranger);
    }
  }

  /**
   * Serves a request.
   *
   * @return complete already unless somebody must be asked; never completes exceptionally
   */
  CompletableFuture<Served> serve(RequestHead head, ClientCertificates certificates) {
    long startedAt = ticker.nanos();
    ParsedRequest request = ParsedRequest.of(head.method(), head.target());
    CompletableFuture<Outcome> outcome;
    if (inFlight.incrementAndGet() > ApiServerLimits.MAX_IN_FLIGHT && !request.isProbe()) {
      outcome = done(Outcome.error(new ApiError.TooManyRequests(), "", false));
    } else {
      outcome = authenticated(head, certificates, request);
    }
    if (!outcome.isDone()) {
      outcome =
          outcome
              .copy()
              .completeOnTimeout(
                  Outcome.error(new ApiError.TimedOut("no answer in time"), "", false),
                  request.timeout().toNanos(),
                  TimeUnit.NANOSECONDS);
    }
    return outcome
        .exceptionally(RequestService::bug)
        .thenApply(result -> {
          inFlight.decrementAndGet();
          return finish(head, request, result, ticker.nanos() - startedAt);
        });
  }

  /** Requests that are not answered yet. */
  int inFlight() {
    return inFlight.get();
  }

  private CompletableFuture<Outcome> authenticated(
      RequestHead head, ClientCertificates certificates, ParsedRequest request) {
    try {
      return authenticator
          .authenticate(new Credentials(certificates, head.headers(), head.tokens()))
          .thenCompose(authentication ->
              switch (authentication) {
                case Authentication.Authenticated(UserInfo user) -> authorized(head, request, user);
                case Authentication.Rejected(String reason) -> {
                  LOG.atDebug().addKeyValue("reason", reason).log("credentials refused");
                  yield done(Outcome.error(new ApiError.Unauthorized(), "", true));
                }
              });
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<Outcome> authorized(
      RequestHead head, ParsedRequest request, UserInfo user) {
    boolean isStranger = user.groups().contains("system:unauthenticated");
    if (wantsToBeAnother(head)) {
      return done(
          Outcome.error(
              new ApiError.Refused("impersonation is not supported here"),
              user.name(),
              isStranger));
    }
    AccessRequest access = request.access(user);
    return authorizer
        .authorize(access)
        .thenCompose(review ->
            switch (review) {
              case AccessReview.Allowed() -> {
                if (!lastReviewFailure.get().isEmpty()) {
                  lastReviewFailure.set("");
                }
                MetricsRequest wanted =
                    request.route(
                        Negotiation.of(head.listHeader("accept"), head.header("user-agent")),
                        routes);
                yield endpoints
                    .answer(wanted)
                    .thenApply(answer -> new Outcome(answer, user.name(), isStranger));
              }
              case AccessReview.Denied(String reason) ->
                  done(
                      Outcome.error(
                          new ApiError.Forbidden(access, reason), user.name(), isStranger));
              case AccessReview.Failed(String reason) -> {
                if (!reason.equals(lastReviewFailure.getAndSet(reason))) {
                  LOG.atWarn().addKeyValue("reason", reason).log("access reviews fail");
                }
                yield done(
                    Outcome.error(
                        new ApiError.Internal("the access review could not be made"),
                        user.name(),
                        isStranger));
              }
            });
  }

  private static boolean wantsToBeAnother(RequestHead head) {
    for (String name : head.headers().names()) {
      if (name.regionMatches(true, 0, IMPERSONATE, 0, IMPERSONATE.length())) {
        return true;
      }
    }
    return false;
  }

  private Served finish(RequestHead head, ParsedRequest request, Outcome outcome, long tookNanos) {
    Answer answer = outcome.answer;
    var served =
        new Served(
            answer, answer.isMatchedBy(head.listHeader("if-none-match")), outcome.isStranger);
    String verb = request.countedVerb();
    observer.answered(request.group(), verb, served.code(), Duration.ofNanos(tookNanos));
    AccessLog.write(head, request, outcome.user, served.code(), tookNanos);
    return served;
  }

  private static Outcome bug(Throwable e) {
    LOG.error("a request could not be served", e);
    return Outcome.error(new ApiError.Internal("internal error"), "", false);
  }

  private static <T> CompletableFuture<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }
}
