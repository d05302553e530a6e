package io.gpuscaling.exporter.rabbitmq;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whom a TLS connection trusts, and with which certificate it appears. */
final class BrokerTls {

  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");

  private BrokerTls() {}

  /** A context from the files as they are now. */
  static SSLContext context(BrokerSettings.TlsFiles files)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        keys(files.certFile(), files.keyFile()),
        files.caFile() == null ? null : trust(files),
        null);
    return context;
  }

  private static TrustManager[] trust(BrokerSettings.TlsFiles files)
      throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    int i = 0;
    for (Certificate each : certificates(files.caFile())) {
      store.setCertificateEntry("ca-" + i++, each);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return trust.getTrustManagers();
  }

  private static KeyManager @Nullable [] keys(@Nullable Path certFile, @Nullable Path keyFile)
      throws IOException, GeneralSecurityException {
    if (certFile == null || keyFile == null) {
      return null;
    }
    KeyStore store = empty();
    store.setKeyEntry(
        "client",
        privateKey(Files.readString(keyFile, StandardCharsets.US_ASCII)),
        new char[0],
        certificates(certFile).toArray(Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    return keys.getKeyManagers();
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Certificate> certificates(@Nullable Path file)
      throws IOException, GeneralSecurityException {
    if (file == null) {
      return List.of();
    }
    try (InputStream pem = Files.newInputStream(file)) {
      return new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(pem));
    }
  }

  /** The messages of what is thrown here do not quote the file. */
  private static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    Matcher key = PKCS8.matcher(pem);
    if (!key.find()) {
      throw new InvalidKeySpecException("the key file holds no PKCS #8 key");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(key.group(1));
    } catch (IllegalArgumentException _) {
      throw new InvalidKeySpecException("the key file is no PEM");
    }
    for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException _) {
        // It is of another algorithm.
      }
    }
    throw new InvalidKeySpecException("the key file holds no EC, RSA or Ed25519 key");
  }
}
