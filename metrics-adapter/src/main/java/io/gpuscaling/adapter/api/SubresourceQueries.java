package io.gpuscaling.adapter.api;

/**
 * Who answers what is asked of {@code subresources.gpuscaling.io}.
 *
 * @param policies about scaling policies
 * @param installation about the installation
 */
public record SubresourceQueries(PolicyQuery policies, InstallationQuery installation) {

  /** Nobody. */
  public static final SubresourceQueries NONE =
      new SubresourceQueries(PolicyQuery.NONE, InstallationQuery.NONE);
}
