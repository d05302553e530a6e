package io.gpuscaling.adapter.auth;

import io.gpuscaling.kubernetes.identity.UserInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The users and groups that Kubernetes itself names. */
final class Users {

  static final String AUTHENTICATED_GROUP = "system:authenticated";
  static final String UNAUTHENTICATED_GROUP = "system:unauthenticated";
  static final String MASTERS_GROUP = "system:masters";
  static final String ANONYMOUS_NAME = "system:anonymous";

  static final UserInfo ANONYMOUS =
      new UserInfo(ANONYMOUS_NAME, "", List.of(UNAUTHENTICATED_GROUP), Map.of());

  private Users() {}

  /** The user with the group of everybody who is known, as Kubernetes adds it. */
  static UserInfo authenticated(UserInfo user) {
    if (user.name().equals(ANONYMOUS_NAME)
        || user.groups().contains(AUTHENTICATED_GROUP)
        || user.groups().contains(UNAUTHENTICATED_GROUP)) {
      return user;
    }
    var groups = new ArrayList<String>(user.groups());
    groups.add(AUTHENTICATED_GROUP);
    return new UserInfo(user.name(), user.uid(), groups, user.extra());
  }
}
