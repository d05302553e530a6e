package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.core.tls.CertificateWithKey;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that the server shows, read again when its files change. New handshakes use the
 * newest that could be read whole; connections that are open keep theirs. Safe for use by any
 * thread; {@link #reload} blocks on files.
 */
final class ServingCertificate {

  private final Path certificateFile;
  private final Path keyFile;
  private volatile @Nullable Loaded current;
  private String lastFailure = "";

  /** Files as they were read, and what came of them. */
  private record Loaded(String contents, SslContext context, List<X509Certificate> chain) {
    Instant expiresAt() {
      return chain.getFirst().getNotAfter().toInstant();
    }
  }

  ServingCertificate(Path certificateFile, Path keyFile) {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
  }

  /** What a look at the files came to. */
  sealed interface Reload {

    /** They are the same as before. */
    record Unchanged() implements Reload {}

    /** A certificate was put into use. */
    record Replaced(Instant expiresAt) implements Reload {}

    /**
     * They are no good; what was in use before still is.
     *
     * @param isNews whether the look before came to something else
     */
    record Failed(String reason, boolean isNews) implements Reload {}
  }

  /** Reads the files, and puts the certificate into use if it is another one. */
  synchronized Reload reload() {
    try {
      byte[] certificates = read(certificateFile);
      byte[] key = read(keyFile);
      String contents =
          HexFormat.of().formatHex(sha256(certificates)) + HexFormat.of().formatHex(sha256(key));
      Loaded before = current;
      if (before != null && before.contents.equals(contents)) {
        lastFailure = "";
        return new Reload.Unchanged();
      }
      Loaded loaded = load(contents, certificates, key);
      current = loaded;
      lastFailure = "";
      return new Reload.Replaced(loaded.expiresAt());
    } catch (IOException | GeneralSecurityException e) {
      String reason =
          certificateFile
              + ", "
              + keyFile
              + ": "
              + e.getClass().getSimpleName()
              + ": "
              + e.getMessage();
      boolean isNews = !reason.equals(lastFailure);
      lastFailure = reason;
      return new Reload.Failed(reason, isNews);
    }
  }

  /**
   * The context for the next handshake.
   *
   * @throws IllegalStateException when no certificate was ever read
   */
  SslContext context() {
    return loaded().context;
  }

  /** When the certificate in use ends. */
  Instant expiresAt() {
    return loaded().expiresAt();
  }

  /** The certificate in use and its intermediates. */
  List<X509Certificate> chain() {
    return loaded().chain;
  }

  private Loaded loaded() {
    Loaded loaded = current;
    if (loaded == null) {
      throw new IllegalStateException("no serving certificate was read");
    }
    return loaded;
  }

  private static Loaded load(String contents, byte[] certificates, byte[] key)
      throws GeneralSecurityException, IOException {
    CertificateWithKey pair = CertificateWithKey.parse(certificates, key);
    SslContext context =
        SslContextBuilder.forServer(pair.privateKey(), pair.chain())
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3", "TLSv1.2")
            .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .clientAuth(ClientAuth.OPTIONAL)
            .trustManager(new DeferringTrustManager())
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1))
            .build();
    return new Loaded(contents, context, pair.chain());
  }

  private static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(ApiServerLimits.MAX_CERTIFICATE_FILE_BYTES + 1);
      if (bytes.length > ApiServerLimits.MAX_CERTIFICATE_FILE_BYTES) {
        throw new IOException("larger than " + ApiServerLimits.MAX_CERTIFICATE_FILE_BYTES);
      }
      return bytes;
    }
  }

  private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }
}
