package io.gpuscaling.adapter.auth;

import io.gpuscaling.kubernetes.identity.AccessRequest;
import java.util.Set;

/** What needs no review: the administrators' group, and the exact health paths for everybody. */
final class AlwaysAllowed {

  private static final Set<String> PATHS = Set.of("/healthz", "/readyz", "/livez");

  private AlwaysAllowed() {}

  static boolean covers(AccessRequest request) {
    return request.user().groups().contains(Users.MASTERS_GROUP)
        || (request instanceof AccessRequest.NonResource(var _, var _, String path)
            && PATHS.contains(path));
  }
}
