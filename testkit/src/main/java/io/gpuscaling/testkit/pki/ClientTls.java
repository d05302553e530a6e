package io.gpuscaling.testkit.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS contexts for the JDK's clients in tests. */
public final class ClientTls {

  private ClientTls() {}

  /** Trusts what the authority issued and shows no certificate. */
  public static SSLContext trusting(CertificateAuthority authority) {
    return context(authority, new KeyManager[0]);
  }

  /** Trusts what the authority issued and shows the given certificate. */
  public static SSLContext trusting(CertificateAuthority authority, IssuedCertificate identity) {
    char[] password = {};
    try {
      var store = emptyStore();
      store.setKeyEntry(
          "identity", identity.privateKey(), password, new Certificate[] {identity.certificate()});
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      return context(authority, keys.getKeyManagers());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot use " + identity, e);
    }
  }

  private static SSLContext context(CertificateAuthority authority, KeyManager[] keys) {
    try {
      var store = emptyStore();
      store.setCertificateEntry("authority", authority.certificate());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(keys, trust.getTrustManagers(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a TLS context", e);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    return store;
  }
}
