package io.gpuscaling.adapter.auth;

import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Decides without a cluster: members of {@link #READERS_GROUP} may read metrics and what describes
 * them, nobody else anything. Safe for use by any thread.
 */
public final class StandaloneAuthorizer implements Authorizer {

  /** The group (O of a client certificate) that may read. */
  public static final String READERS_GROUP = "gpuscaling:readers";

  private static final Set<String> GROUPS =
      Set.of("custom.metrics.k8s.io", "external.metrics.k8s.io", "subresources.gpuscaling.io");
  private static final Set<String> VERBS = Set.of("get", "list");
  private static final Set<String> PATHS = Set.of("/apis", "/openapi", "/version", "/metrics");
  private static final Set<String> PROBES = Set.of("/livez", "/readyz", "/healthz");

  @Override
  public CompletableFuture<AccessReview> authorize(AccessRequest request) {
    boolean isAllowed =
        AlwaysAllowed.covers(request)
            || (request.user().groups().contains(READERS_GROUP) && isReading(request));
    return CompletableFuture.completedFuture(
        isAllowed
            ? new AccessReview.Allowed()
            : new AccessReview.Denied(
                "standalone, only members of " + READERS_GROUP + " may read"));
  }

  private static boolean isReading(AccessRequest request) {
    return switch (request) {
      case AccessRequest.Resource resource ->
          VERBS.contains(resource.verb()) && GROUPS.contains(resource.group());
      case AccessRequest.NonResource(var _, String verb, String path) ->
          verb.equals("get")
              && (PATHS.contains(path)
                  || path.startsWith("/apis/")
                  || path.startsWith("/openapi/")
                  || PROBES.stream().anyMatch(probe -> path.startsWith(probe + "/")));
    };
  }
}
