package io.gpuscaling.adapter.auth;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose client certificates are believed, and for what. An immutable snapshot: a change of
 * configuration makes a new one.
 *
 * @param clients authorities of users' certificates; null when users have none
 * @param frontProxy how the Kubernetes API server passes identities on; null when nobody may
 */
public record ClientTrust(
    @Nullable CertificateAuthorities clients, @Nullable FrontProxy frontProxy) {

  /** Nobody is believed by certificate. */
  public static final ClientTrust NONE = new ClientTrust(null, null);

  /**
   * How a proxy in front says who the user is.
   *
   * @param authorities of the proxy's own certificate
   * @param allowedNames common names that a proxy may have; empty for any
   * @param userHeaders headers with the user's name, the first with a value counts
   * @param groupHeaders headers with a group in each line
   * @param extraPrefixes prefixes of headers with further facts
   * @param uidHeaders headers with the user's id, the first with a value counts
   */
  public record FrontProxy(
      CertificateAuthorities authorities,
      Set<String> allowedNames,
      List<String> userHeaders,
      List<String> groupHeaders,
      List<String> extraPrefixes,
      List<String> uidHeaders) {

    /** Copies. */
    public FrontProxy {
      allowedNames = Set.copyOf(allowedNames);
      userHeaders = List.copyOf(userHeaders);
      groupHeaders = List.copyOf(groupHeaders);
      extraPrefixes = List.copyOf(extraPrefixes);
      uidHeaders = List.copyOf(uidHeaders);
    }
  }
}
