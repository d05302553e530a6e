package io.gpuscaling.adapter.auth;

import io.gpuscaling.adapter.auth.CertificateAuthenticator.Opinion;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates as an extension API server must: front proxy, then client certificate, then bearer
 * token; a credential that is no good does not stop the next, but without a good one the request is
 * rejected. A request with no credential at all is anonymous. Safe for use by any thread.
 */
public final class ChainAuthenticator implements Authenticator {

  private static final String BEARER = "bearer ";

  private final Supplier<ClientTrust> trust;
  private final CertificateAuthenticator certificates;
  private final @Nullable TokenAuthenticator tokens;

  private ChainAuthenticator(
      Supplier<ClientTrust> trust,
      CertificateAuthenticator certificates,
      @Nullable TokenAuthenticator tokens) {
    this.trust = trust;
    this.certificates = certificates;
    this.tokens = tokens;
  }

  /** With a cluster, which knows tokens. */
  public static ChainAuthenticator inCluster(
      Supplier<ClientTrust> trust,
      TokenReviewer reviewer,
      BlockingCalls calls,
      InstantSource clock,
      Ticker ticker) {
    return new ChainAuthenticator(
        trust,
        new CertificateAuthenticator(new CertificateChecks(clock, ticker)),
        new TokenAuthenticator(reviewer, calls, ticker));
  }

  /** With a cluster, measured. */
  public static ChainAuthenticator inCluster(
      Supplier<ClientTrust> trust,
      TokenReviewer reviewer,
      BlockingCalls calls,
      InstantSource clock,
      Ticker ticker,
      AuthMetrics metrics) {
    return new ChainAuthenticator(
        trust,
        new CertificateAuthenticator(
            new CertificateChecks(clock, ticker, metrics.cache("certificates"))),
        new TokenAuthenticator(metrics.measured(reviewer), calls, ticker, metrics.cache("tokens")));
  }

  /** Without a cluster: a bearer token is no credential then, as nobody could review it. */
  public static ChainAuthenticator standalone(
      Supplier<ClientTrust> trust, InstantSource clock, Ticker ticker) {
    return new ChainAuthenticator(
        trust, new CertificateAuthenticator(new CertificateChecks(clock, ticker)), null);
  }

  @Override
  public CompletableFuture<Authentication> authenticate(Credentials credentials) {
    ClientTrust now = trust.get();
    Opinion proxied = certificates.frontProxy(now, credentials);
    if (proxied instanceof Opinion.User(UserInfo user)) {
      return done(new Authentication.Authenticated(Users.authenticated(user)));
    }
    Opinion own = certificates.user(now, credentials);
    if (own instanceof Opinion.User(UserInfo user)) {
      return done(new Authentication.Authenticated(Users.authenticated(user)));
    }
    Authentication otherwise = withoutUser(proxied, own);
    Optional<String> token = bearer(credentials.headers());
    if (tokens == null || token.isEmpty()) {
      return done(otherwise);
    }
    CompletableFuture<TokenReview> review = tokens.review(token.get(), credentials.tokens());
    return review.thenApply(ChainAuthenticator::byToken);
  }

  private static Authentication withoutUser(Opinion proxied, Opinion own) {
    for (Opinion opinion : List.of(own, proxied)) {
      if (opinion instanceof Opinion.Bad(String reason)) {
        return new Authentication.Rejected(reason);
      }
    }
    return new Authentication.Authenticated(Users.ANONYMOUS);
  }

  private static Authentication byToken(TokenReview review) {
    return switch (review) {
      case TokenReview.Authenticated(UserInfo user, var _) ->
          new Authentication.Authenticated(Users.authenticated(user));
      case TokenReview.Rejected() -> new Authentication.Rejected("the token is not good");
      case TokenReview.Failed(String reason) ->
          new Authentication.Rejected("the token could not be reviewed: " + reason);
    };
  }

  /** The token of the first Authorization header, if it is of that scheme. */
  private static Optional<String> bearer(RequestHeaders headers) {
    List<String> values = headers.values("authorization");
    if (values.isEmpty()) {
      return Optional.empty();
    }
    String first = values.getFirst().strip();
    return first.toLowerCase(Locale.ROOT).startsWith(BEARER)
        ? Optional.of(first.substring(BEARER.length()).strip()).filter(token -> !token.isEmpty())
        : Optional.empty();
  }

  private static CompletableFuture<Authentication> done(Authentication authentication) {
    return CompletableFuture.completedFuture(authentication);
  }
}
