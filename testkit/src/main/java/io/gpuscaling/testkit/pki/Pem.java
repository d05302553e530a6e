package io.gpuscaling.testkit.pki;

import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;

/** Text form of certificates and keys. */
final class Pem {

  private static final int LINE_LENGTH = 64;

  private Pem() {}

  static String certificate(X509Certificate certificate) throws CertificateEncodingException {
    return block("CERTIFICATE", certificate.getEncoded());
  }

  static String pkcs8(PrivateKey key) {
    return block("PRIVATE KEY", key.getEncoded());
  }

  static String sec1(byte[] der) {
    return block("EC PRIVATE KEY", der);
  }

  private static String block(String type, byte[] der) {
    var encoder = Base64.getMimeEncoder(LINE_LENGTH, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(type, encoder.encodeToString(der));
  }
}
