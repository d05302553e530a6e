package io.gpuscaling.adapter.certificates;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** PEM text of certificates and of EC keys in PKCS#8 (RFC 7468). Pure. */
public final class Pem {

  private static final int LINE = 64;
  private static final String KEY = "PRIVATE KEY";
  private static final Base64.Encoder ENCODER =
      Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII));

  private Pem() {}

  /** Certificates, one after the other. */
  public static String of(List<X509Certificate> certificates) {
    return certificates.stream().map(Pem::of).collect(Collectors.joining());
  }

  private static String of(X509Certificate certificate) {
    try {
      return block("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that was parsed can be written", e);
    }
  }

  /** A key, which is a secret. */
  public static String of(PrivateKey key) {
    return block(KEY, key.getEncoded());
  }

  private static String block(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + ENCODER.encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /**
   * Certificates of a text; none of an empty one.
   *
   * @throws GeneralSecurityException when it is something else
   */
  public static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
        .stream()
        .map(X509Certificate.class::cast)
        .toList();
  }

  /**
   * A certificate and its key.
   *
   * @throws GeneralSecurityException when there is not one of each; the message has no secret
   */
  public static Identity identity(String certificate, String key) throws GeneralSecurityException {
    List<X509Certificate> certificates = certificates(certificate);
    if (certificates.size() != 1) {
      throw new GeneralSecurityException("one certificate expected, not " + certificates.size());
    }
    String base64 =
        key.replace("-----BEGIN " + KEY + "-----", "").replace("-----END " + KEY + "-----", "");
    try {
      PrivateKey privateKey =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
      return new Identity(certificates.getFirst(), privateKey);
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw new GeneralSecurityException("the key is no EC key in PKCS#8");
    }
  }
}
