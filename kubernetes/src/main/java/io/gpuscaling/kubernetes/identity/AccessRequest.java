package io.gpuscaling.kubernetes.identity;

/** What somebody wants to do; the same attributes as those of a SubjectAccessReview. */
public sealed interface AccessRequest {

  /** Who wants to. */
  UserInfo user();

  /**
   * An access to a resource.
   *
   * @param namespace empty for none
   * @param subresource empty for none
   * @param name empty for all
   */
  record Resource(
      UserInfo user,
      String verb,
      String group,
      String version,
      String resource,
      String subresource,
      String namespace,
      String name)
      implements AccessRequest {}

  /** An access to a path that is no resource. */
  record NonResource(UserInfo user, String verb, String path) implements AccessRequest {}
}
