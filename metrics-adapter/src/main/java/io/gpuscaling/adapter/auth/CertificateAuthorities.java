package io.gpuscaling.adapter.auth;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Authorities whose client certificates are believed. Immutable; compared by identity, so that what
 * was verified against one bundle is never taken as verified against another.
 */
public final class CertificateAuthorities {

  /** Most authorities of a bundle. */
  public static final int MAX_AUTHORITIES = 256;

  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_USAGE = "2.5.29.37.0";

  private final List<X509Certificate> authorities;
  private final Set<TrustAnchor> anchors;

  private CertificateAuthorities(List<X509Certificate> authorities) {
    this.authorities = List.copyOf(authorities);
    this.anchors =
        authorities.stream()
            .map(authority -> new TrustAnchor(authority, null))
            .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The certificates of a PEM bundle.
   *
   * @throws CertificateException when there is none, one is broken, or there are too many
   */
  public static CertificateAuthorities ofPem(String pem) throws CertificateException {
    var certificates =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
    if (certificates.isEmpty() || certificates.size() > MAX_AUTHORITIES) {
      throw new CertificateException(
          "a CA bundle must have 1 to "
              + MAX_AUTHORITIES
              + " certificates, this has "
              + certificates.size());
    }
    return new CertificateAuthorities(
        certificates.stream().map(X509Certificate.class::cast).toList());
  }

  /** The certificates. */
  public List<X509Certificate> certificates() {
    return authorities;
  }

  /**
   * Whether a chain leads to one of these, is meant for clients, and is valid at an instant. Costs
   * some signature checks: callers keep the answer for a while.
   */
  boolean verify(List<X509Certificate> chain, Instant at) {
    X509Certificate leaf = chain.getFirst();
    try {
      if (!chain.stream().allMatch(CertificateAuthorities::isForClients)) {
        return false;
      }
      var target = new X509CertSelector();
      target.setCertificate(leaf);
      var parameters = new PKIXBuilderParameters(anchors, target);
      parameters.setRevocationEnabled(false); // Kubernetes has no revocation either
      parameters.setDate(Date.from(at));
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(chain)));
      CertPathBuilder.getInstance("PKIX").build(parameters);
      return true;
    } catch (GeneralSecurityException e) {
      return false; // every way in which a chain can be no good
    }
  }

  private static boolean isForClients(X509Certificate certificate) {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      return usages == null || usages.contains(CLIENT_AUTH) || usages.contains(ANY_USAGE);
    } catch (CertificateException e) {
      return false; // an extension that cannot be read promises nothing
    }
  }
}
