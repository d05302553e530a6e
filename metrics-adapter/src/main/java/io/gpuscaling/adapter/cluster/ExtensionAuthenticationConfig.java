package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.auth.CertificateAuthorities;
import io.gpuscaling.adapter.auth.ClientTrust;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the ConfigMap by which the Kubernetes API server tells whom to believe. Pure. */
final class ExtensionAuthenticationConfig {

  private static final String CLIENT_CA = "client-ca-file";
  private static final String PROXY_CA = "requestheader-client-ca-file";
  private static final String ALLOWED_NAMES = "requestheader-allowed-names";
  private static final String USER_HEADERS = "requestheader-username-headers";
  private static final String GROUP_HEADERS = "requestheader-group-headers";
  private static final String EXTRA_PREFIXES = "requestheader-extra-headers-prefix";
  private static final String UID_HEADERS = "requestheader-uid-headers";

  private ExtensionAuthenticationConfig() {}

  /** What reading came to. */
  sealed interface Read {

    /** Whom to believe. */
    record Valid(ClientTrust trust) implements Read {}

    /** It cannot be understood: what counted before must go on to. */
    record Invalid(String reason) implements Read {}
  }

  /** A reading that failed; never leaves this class. */
  private static final class Unreadable extends Exception {
    Unreadable(String message) {
      super(message, null, false, false);
    }
  }

  static Read read(Map<String, String> data) {
    try {
      return new Read.Valid(new ClientTrust(authorities(data, CLIENT_CA), frontProxy(data)));
    } catch (Unreadable e) {
      return new Read.Invalid(String.valueOf(e.getMessage()));
    }
  }

  private static ClientTrust.@Nullable FrontProxy frontProxy(Map<String, String> data)
      throws Unreadable {
    CertificateAuthorities authorities = authorities(data, PROXY_CA);
    if (authorities == null) {
      return null;
    }
    return new ClientTrust.FrontProxy(
        authorities,
        Set.copyOf(list(data, ALLOWED_NAMES)),
        list(data, USER_HEADERS),
        list(data, GROUP_HEADERS),
        list(data, EXTRA_PREFIXES),
        list(data, UID_HEADERS));
  }

  private static @Nullable CertificateAuthorities authorities(Map<String, String> data, String key)
      throws Unreadable {
    String pem = data.getOrDefault(key, "");
    if (pem.isBlank()) {
      return null;
    }
    try {
      return CertificateAuthorities.ofPem(pem);
    } catch (CertificateException e) {
      throw new Unreadable(key + ": " + e.getMessage());
    }
  }

  private static List<String> list(Map<String, String> data, String key) throws Unreadable {
    String json = data.getOrDefault(key, "");
    if (json.isBlank()) {
      return List.of();
    }
    try {
      String[] values = Serialization.unmarshal(json, String[].class);
      if (values == null) {
        return List.of();
      }
      return List.of(values);
    } catch (KubernetesClientException | IllegalArgumentException | NullPointerException e) {
      throw new Unreadable(key + ": not a JSON list of texts");
    }
  }
}
