package io.gpuscaling.core.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate with its intermediates and the private key that belongs to it: proved to, since two
 * files that are replaced one after the other do not for a moment. Immutable.
 */
public final class CertificateWithKey {

  private static final byte[] PROBE = "probe".getBytes(StandardCharsets.US_ASCII);

  private final List<X509Certificate> chain;
  private final PrivateKey privateKey;

  private CertificateWithKey(List<X509Certificate> chain, PrivateKey privateKey) {
    this.chain = chain;
    this.privateKey = privateKey;
  }

  /**
   * Both from PEM.
   *
   * @param certificates the certificate first, then its intermediates
   * @param key in any form that {@link PrivateKeyPem} reads
   * @throws GeneralSecurityException when one cannot be read or they do not belong together; the
   *     message has nothing of the key
   */
  public static CertificateWithKey parse(byte[] certificates, byte[] key)
      throws GeneralSecurityException {
    List<X509Certificate> chain =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(certificates))
            .stream()
            .map(X509Certificate.class::cast)
            .toList();
    if (chain.isEmpty()) {
      throw new GeneralSecurityException("no certificate in PEM");
    }
    PrivateKey privateKey = PrivateKeyPem.parse(new String(key, StandardCharsets.US_ASCII));
    if (!belongTogether(privateKey, chain.getFirst().getPublicKey())) {
      throw new GeneralSecurityException("the key is not that of the certificate");
    }
    return new CertificateWithKey(chain, privateKey);
  }

  private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey)
      throws GeneralSecurityException {
    String algorithm =
        switch (privateKey.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(privateKey);
    signer.update(PROBE);
    byte[] signature = signer.sign();
    Signature verifier = Signature.getInstance(algorithm);
    try {
      verifier.initVerify(publicKey);
      verifier.update(PROBE);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false; // of different algorithms
    }
  }

  /** The certificate, and its intermediates after it. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** The key of the first certificate. */
  public PrivateKey privateKey() {
    return privateKey;
  }

  @Override
  public String toString() {
    return "CertificateWithKey[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
