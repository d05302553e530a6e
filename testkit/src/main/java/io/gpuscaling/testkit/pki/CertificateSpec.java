package io.gpuscaling.testkit.pki;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What a certificate is to say.
 *
 * @param commonName the subject's CN
 * @param organizations the subject's O entries, which Kubernetes reads as groups
 * @param names subject alternative names
 * @param usage what the certificate may be used for
 * @param notBefore first instant at which it is valid
 * @param notAfter last instant at which it is valid; may be in the past
 */
public record CertificateSpec(
    String commonName,
    List<String> organizations,
    List<SubjectName> names,
    Usage usage,
    Instant notBefore,
    Instant notAfter) {

  /** How long a certificate is valid unless a test says otherwise. */
  public static final Duration DEFAULT_VALIDITY = Duration.ofDays(7);

  /** A certificate is valid from a little before it was made, for clocks that differ. */
  static final Duration BACKDATING = Duration.ofMinutes(5);

  /** The extended key usage. */
  public enum Usage {
    /** Authenticates a TLS server. */
    SERVER,
    /** Authenticates a TLS client. */
    CLIENT
  }

  /** Copies the lists. */
  public CertificateSpec {
    organizations = List.copyOf(organizations);
    names = List.copyOf(names);
    if (!notBefore.isBefore(notAfter)) {
      throw new IllegalArgumentException("valid from " + notBefore + " to " + notAfter);
    }
  }

  /** A server's certificate, valid now. */
  public static CertificateSpec server(String commonName, Instant now, SubjectName... names) {
    return new CertificateSpec(
        commonName,
        List.of(),
        List.of(names),
        Usage.SERVER,
        now.minus(BACKDATING),
        now.plus(DEFAULT_VALIDITY));
  }

  /** A client's certificate, valid now, whose groups are the given organizations. */
  public static CertificateSpec client(String commonName, Instant now, String... organizations) {
    return new CertificateSpec(
        commonName,
        List.of(organizations),
        List.of(),
        Usage.CLIENT,
        now.minus(BACKDATING),
        now.plus(DEFAULT_VALIDITY));
  }

  /** The same with other subject alternative names. */
  public CertificateSpec withNames(SubjectName... newNames) {
    return new CertificateSpec(
        commonName, organizations, List.of(newNames), usage, notBefore, notAfter);
  }

  /** The same with another validity. */
  public CertificateSpec withValidity(Instant from, Instant to) {
    return new CertificateSpec(commonName, organizations, names, usage, from, to);
  }
}
