package io.gpuscaling.adapter.auth;

import io.gpuscaling.kubernetes.identity.UserInfo;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Who a client is by its certificate: a front proxy that names the user in headers, or the user.
 * Safe for use by any thread.
 */
final class CertificateAuthenticator {

  private static final String CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

  private final CertificateChecks checks;

  CertificateAuthenticator(CertificateChecks checks) {
    this.checks = checks;
  }

  /** What one way of authenticating thinks of a request. */
  sealed interface Opinion {

    /** It is this user. */
    record User(UserInfo user) implements Opinion {}

    /** The credential is there and no good. */
    record Bad(String reason) implements Opinion {}

    /** There is no such credential. */
    record None() implements Opinion {}
  }

  /** Believes headers, but only from a proxy that has proved to be one. */
  Opinion frontProxy(ClientTrust trust, Credentials credentials) {
    ClientTrust.FrontProxy proxy = trust.frontProxy();
    ClientCertificates certificates = credentials.certificates();
    if (proxy == null || !certificates.isPresent()) {
      return new Opinion.None();
    }
    if (!checks.isTrusted(proxy.authorities(), certificates)) {
      return new Opinion.Bad("the client certificate is not signed by the front-proxy CA");
    }
    String commonName = DistinguishedName.ofSubject(certificates.chain().getFirst()).commonName();
    if (!proxy.allowedNames().isEmpty() && !proxy.allowedNames().contains(commonName)) {
      return new Opinion.Bad("the front proxy's common name is not allowed");
    }
    String user = firstValue(credentials.headers(), proxy.userHeaders());
    if (user.isEmpty()) {
      return new Opinion.None();
    }
    var groups = new ArrayList<String>();
    proxy.groupHeaders().forEach(name -> groups.addAll(credentials.headers().values(name)));
    return new Opinion.User(
        new UserInfo(
            user,
            firstValue(credentials.headers(), proxy.uidHeaders()),
            groups,
            extra(credentials.headers(), proxy.extraPrefixes())));
  }

  /** The user whose certificate it is. */
  Opinion user(ClientTrust trust, Credentials credentials) {
    CertificateAuthorities authorities = trust.clients();
    ClientCertificates certificates = credentials.certificates();
    if (authorities == null || !certificates.isPresent()) {
      return new Opinion.None();
    }
    if (!checks.isTrusted(authorities, certificates)) {
      return new Opinion.Bad("the client certificate is not signed by the client CA");
    }
    DistinguishedName subject = DistinguishedName.ofSubject(certificates.chain().getFirst());
    if (subject.commonName().isEmpty()) {
      return new Opinion.None();
    }
    return new Opinion.User(
        new UserInfo(
            subject.commonName(),
            subject.uid(),
            subject.organizations(),
            Map.of(CREDENTIAL_ID, List.of("X509SHA256=" + certificates.leafFingerprint()))));
  }

  private static String firstValue(RequestHeaders headers, List<String> names) {
    for (String name : names) {
      for (String value : headers.values(name)) {
        if (!value.isEmpty()) {
          return value;
        }
      }
    }
    return "";
  }

  private static Map<String, List<String>> extra(RequestHeaders headers, List<String> prefixes) {
    var extra = new LinkedHashMap<String, List<String>>();
    var names = new TreeSet<String>();
    headers.names().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    for (String lower : names) {
      for (String prefix : prefixes) {
        if (lower.startsWith(prefix.toLowerCase(Locale.ROOT))) {
          extra
              .computeIfAbsent(unescaped(lower.substring(prefix.length())), _ -> new ArrayList<>())
              .addAll(headers.values(lower));
        }
      }
    }
    return extra;
  }

  /** Kubernetes escapes what a header name cannot have; a name that was not escaped stays. */
  private static String unescaped(String key) {
    try {
      return URLDecoder.decode(key.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return key;
    }
  }
}
