package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Identifies exporters by their projected ServiceAccount tokens: a token of the dedicated audience,
 * of exactly one of the configured ServiceAccounts, bound to a pod. The node of a node exporter is
 * the one that the token was issued for. Blocks for one review; safe for use by several threads.
 */
final class TokenIdentities {

  private final TokenReviewer reviewer;
  private final String audience;
  private final Map<ServiceAccount, ExporterScope> scopes;

  TokenIdentities(
      TokenReviewer reviewer, String audience, Map<ServiceAccount, ExporterScope> scopes) {
    this.reviewer = reviewer;
    this.audience = audience;
    this.scopes = Map.copyOf(scopes);
  }

  ExporterIdentity identify(ExporterCredential.Token token) {
    if (token.value().isEmpty()) {
      return new ExporterIdentity.Unauthenticated("the token is empty");
    }
    return switch (reviewer.review(token.value(), List.of(audience))) {
      case TokenReview.Rejected() -> new ExporterIdentity.Unauthenticated("the token is not valid");
      case TokenReview.Failed(String reason) ->
          new ExporterIdentity.Unavailable("the token could not be reviewed: " + reason);
      case TokenReview.Authenticated(UserInfo user, List<String> audiences) ->
          // A reviewer that ignores audiences leaves them out: such a token could have been meant
          // for anybody.
          audiences.contains(audience)
              ? identify(user, token)
              : new ExporterIdentity.Unauthenticated(
                  "the token is not meant for the audience " + audience);
    };
  }

  private ExporterIdentity identify(UserInfo user, ExporterCredential.Token token) {
    ServiceAccount account = user.serviceAccount().orElse(null);
    ExporterScope scope = account == null ? null : scopes.get(account);
    if (account == null || scope == null) {
      return new ExporterIdentity.Forbidden(
          user.name() + " is not an exporter's ServiceAccount (ingest.identities)");
    }
    Optional<String> subject =
        user.extraValue(
            switch (scope) {
              case NODE -> UserInfo.NODE_NAME;
              case QUEUES -> UserInfo.POD_NAME;
            });
    if (subject.isEmpty()) {
      return new ExporterIdentity.Forbidden(
          switch (scope) {
            case NODE ->
                "the token of "
                    + user.name()
                    + " has no node claim; it must be bound to a pod on a node";
            case QUEUES ->
                "the token of " + user.name() + " has no pod claim; it must be bound to a pod";
          });
    }
    Contributor contributor =
        switch (scope) {
          case NODE -> new Contributor.Node(subject.get());
          // Pods of two namespaces may have the same name.
          case QUEUES -> new Contributor.QueueReader(account.namespace() + "/" + subject.get());
        };
    return new ExporterIdentity.Known(contributor, TokenExpiry.of(token.value()));
  }
}
