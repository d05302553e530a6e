package io.gpuscaling.adapter.auth;

import io.gpuscaling.kubernetes.identity.UserInfo;

/** What authenticating a request came to. */
public sealed interface Authentication {

  /** It is made by this user, who may be anonymous. */
  record Authenticated(UserInfo user) implements Authentication {}

  /**
   * Credentials were given and none was good.
   *
   * @param reason a clause for logs, without secrets
   */
  record Rejected(String reason) implements Authentication {}
}
