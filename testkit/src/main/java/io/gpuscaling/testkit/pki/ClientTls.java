package io.gpuscaling.testkit.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS contexts for the JDK's clients in tests, and for its servers: those show their identity. */
public final class ClientTls {

  private ClientTls() {}

  /** Trusts what the authority issued and shows no certificate. */
  public static SSLContext trusting(CertificateAuthority authority) {
    return context(authority, Optional.empty());
  }

  /** Trusts what the authority issued and shows the given certificate. */
  public static SSLContext trusting(CertificateAuthority authority, IssuedCertificate identity) {
    return context(authority, Optional.of(identity));
  }

  private static SSLContext context(
      CertificateAuthority authority, Optional<IssuedCertificate> identity) {
    char[] password = {};
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("authority", authority.certificate());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      if (identity.isPresent()) {
        store.setKeyEntry(
            "identity",
            identity.get().privateKey(),
            password,
            new Certificate[] {identity.get().certificate()});
      }
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      var context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot make a TLS context for " + identity, e);
    }
  }
}
