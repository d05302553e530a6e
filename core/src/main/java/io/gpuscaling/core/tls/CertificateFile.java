package io.gpuscaling.core.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/** Certificates in a PEM file that some library reads by itself. */
public final class CertificateFile {

  /** Largest file that is looked at. */
  static final int MAX_BYTES = 1024 * 1024;

  private CertificateFile() {}

  /**
   * The certificates of a file. Blocks on the file.
   *
   * @return none when it cannot be read: whoever uses it says so
   */
  public static List<X509Certificate> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] pem = in.readNBytes(MAX_BYTES);
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (IOException | CertificateException e) {
      return List.of();
    }
  }
}
