package io.gpuscaling.exporter.lease;

import io.gpuscaling.kubernetes.identity.ServiceAccount;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets workers of this node in, and the orchestrators that the configuration names. A worker shows
 * a projected ServiceAccount token of the dedicated audience, bound to a pod on this node, of a
 * namespace that may. Pod and node are taken from the token's claims, so no request can speak for
 * another. Runs on the server's executor, where it may block for a review.
 */
final class WorkerAuthenticator implements ServerInterceptor {

  /** Who calls, for the service. */
  static final Context.Key<Caller> CALLER = Context.key("lease-caller");

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";

  private final TokenReviewer reviewer;
  private final LeaseSettings settings;
  private final LeaseMetrics metrics;

  WorkerAuthenticator(TokenReviewer reviewer, LeaseSettings settings, LeaseMetrics metrics) {
    this.reviewer = reviewer;
    this.settings = settings;
    this.metrics = metrics;
  }

  /** Who shows a token. */
  sealed interface Identity {

    /** One that may call. */
    record Known(Caller caller) implements Identity {}

    /** None that may. */
    record Refused(Status status) implements Identity {}
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    return switch (identify(headers.get(AUTHORIZATION))) {
      case Identity.Known(Caller caller) ->
          Contexts.interceptCall(Context.current().withValue(CALLER, caller), call, headers, next);
      case Identity.Refused(Status status) -> {
        metrics.refused(status.getCode());
        call.close(status, new Metadata());
        yield new ServerCall.Listener<>() {};
      }
    };
  }

  Identity identify(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return refused(Status.UNAUTHENTICATED, "no bearer token");
    }
    String audience = settings.audience();
    return switch (reviewer.review(
        authorization.substring(BEARER.length()).strip(), List.of(audience))) {
      case TokenReview.Rejected() -> refused(Status.UNAUTHENTICATED, "the token is not valid");
      case TokenReview.Failed(String reason) ->
          refused(Status.UNAVAILABLE, "the token could not be reviewed: " + reason);
      case TokenReview.Authenticated(UserInfo user, List<String> audiences) ->
          audiences.contains(audience)
              ? identify(user)
              : refused(
                  Status.UNAUTHENTICATED, "the token is not meant for the audience " + audience);
    };
  }

  private Identity identify(UserInfo user) {
    Optional<ServiceAccount> account = user.serviceAccount();
    if (account.isPresent() && settings.orchestrators().contains(account.get())) {
      return new Identity.Known(new Caller.Orchestrator(account.get()));
    }
    Optional<String> node = user.extraValue(UserInfo.NODE_NAME);
    Optional<String> pod = user.extraValue(UserInfo.POD_NAME);
    Optional<String> uid = user.extraValue(UserInfo.POD_UID);
    if (account.isEmpty() || node.isEmpty() || pod.isEmpty() || uid.isEmpty()) {
      return refused(Status.PERMISSION_DENIED, "the token is not bound to a pod on a node");
    }
    if (!settings.mayTakeLeases(account.get().namespace())) {
      return refused(
          Status.PERMISSION_DENIED,
          "pods of namespace "
              + account.get().namespace()
              + " may not take leases: lease.namespaces does not name it");
    }
    if (!node.get().equals(settings.nodeName())) {
      return refused(
          Status.PERMISSION_DENIED,
          "the token is that of a pod on node "
              + node.get()
              + "; this is the exporter of "
              + settings.nodeName());
    }
    return new Identity.Known(
        new Caller.Worker(new PodIdentity(account.get().namespace(), pod.get(), uid.get())));
  }

  private static Identity refused(Status status, String reason) {
    return new Identity.Refused(status.withDescription(reason));
  }
}
