package io.gpuscaling.exporter.dcgm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Whom a scrape over TLS trusts: the authorities of a PEM file, and nobody else. */
final class DcgmTrust {

  private DcgmTrust() {}

  /**
   * Reads the file.
   *
   * @throws IOException when it cannot be read, or holds no certificate
   */
  static SSLContext read(Path caFile) throws IOException {
    try (InputStream pem = Files.newInputStream(caFile)) {
      Collection<? extends Certificate> authorities =
          CertificateFactory.getInstance("X.509").generateCertificates(pem);
      if (authorities.isEmpty()) {
        throw new IOException(caFile + " holds no certificate");
      }
      KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
      roots.load(null, null);
      int number = 0;
      for (Certificate authority : authorities) {
        roots.setCertificateEntry("ca-" + number++, authority);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(roots);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(caFile + " holds no certificate that can be used", e);
    }
  }
}
