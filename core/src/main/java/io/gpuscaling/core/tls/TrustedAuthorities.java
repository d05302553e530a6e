package io.gpuscaling.core.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Clients' TLS that trusts the authorities of a PEM file and no others. */
public final class TrustedAuthorities {

  private TrustedAuthorities() {}

  /**
   * A context without a certificate of its own.
   *
   * @param pem what the file holds
   * @param file for messages
   * @throws IOException when there is no certificate in it
   * @throws GeneralSecurityException when one of them cannot be read
   */
  public static SSLContext context(String pem, Path file)
      throws IOException, GeneralSecurityException {
    KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
    roots.load(null, null);
    int count = 0;
    for (Certificate root :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
      roots.setCertificateEntry("ca-" + count++, root);
    }
    if (count == 0) {
      throw new IOException(file + " holds no certificate");
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), new SecureRandom());
    return context;
  }
}
