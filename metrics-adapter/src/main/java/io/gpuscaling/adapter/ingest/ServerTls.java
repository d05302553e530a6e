package io.gpuscaling.adapter.ingest;

import com.google.protobuf.ByteString;
import io.gpuscaling.core.tls.CertificateWithKey;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.grpc.util.CertificateUtils;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's certificate, key and CA of clients. They are taken over together when a file's
 * content has changed, for new connections; what cannot be used is logged once, and what was in use
 * stays. For use by one thread at a time, except where a method says otherwise.
 */
final class ServerTls {

  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

  private final Path certificateFile;
  private final Path privateKeyFile;
  private final Optional<Path> clientCaFile;
  private final IngestMetrics metrics;
  private final AdvancedTlsX509KeyManager key = new AdvancedTlsX509KeyManager();
  private final @Nullable AdvancedTlsX509TrustManager trust;
  private volatile List<X509Certificate> chain = List.of();
  private volatile List<X509Certificate> clientAuthorities = List.of();
  private @Nullable Contents seen;
  private @Nullable String problem;

  ServerTls(IngestSettings settings, IngestMetrics metrics) throws IOException {
    this.certificateFile = settings.certificateFile();
    this.privateKeyFile = settings.privateKeyFile();
    this.clientCaFile = settings.clientCaFile();
    this.metrics = metrics;
    this.trust = clientCaFile.isPresent() ? trustManager() : null;
  }

  /** What the files hold. */
  record Contents(ByteString certificate, ByteString privateKey, ByteString clientCa) {

    @Override
    public String toString() {
      return "Contents[***]";
    }
  }

  /**
   * Reads the files.
   *
   * @return what new connections are made with, now and after each {@link #reload}
   * @throws IOException when they cannot be used; the message names them
   */
  SslContext load() throws IOException {
    try {
      Contents contents = read();
      use(contents);
      seen = contents;
      SslContextBuilder builder = GrpcSslContexts.configure(SslContextBuilder.forServer(key));
      if (trust != null) {
        builder.clientAuth(ClientAuth.OPTIONAL).trustManager(trust);
      }
      return builder.build();
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      throw new IOException("cannot use " + names() + " for TLS: " + e.getMessage(), e);
    }
  }

  /** Takes the files over if they have changed. Never throws. */
  void reload() {
    try {
      Contents contents = read();
      if (contents.equals(seen)) {
        return;
      }
      seen = contents;
      use(contents);
      problem = null;
      metrics.reloaded(true);
      log.atInfo().addKeyValue("files", names()).log("took over changed TLS files");
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      metrics.reloaded(false);
      if (!e.toString().equals(problem)) {
        problem = e.toString();
        log.atWarn()
            .addKeyValue("files", names())
            .addKeyValue("problem", problem)
            .log("cannot use changed TLS files; the former ones stay in use");
      }
    }
  }

  private Contents read() throws IOException {
    return new Contents(
        read(certificateFile),
        read(privateKeyFile),
        clientCaFile.isPresent() ? read(clientCaFile.get()) : ByteString.EMPTY);
  }

  private static ByteString read(Path file) throws IOException {
    return ByteString.copyFrom(Files.readAllBytes(file));
  }

  private void use(Contents contents) throws GeneralSecurityException, IOException {
    CertificateWithKey shown =
        CertificateWithKey.parse(
            contents.certificate().toByteArray(), contents.privateKey().toByteArray());
    if (trust != null) {
      X509Certificate[] authorities =
          certificates(contents.clientCa(), clientCaFile.orElse(certificateFile));
      trust.updateTrustCredentials(authorities);
      clientAuthorities = List.of(authorities);
    }
    key.updateIdentityCredentials(
        shown.chain().toArray(X509Certificate[]::new), shown.privateKey());
    chain = shown.chain();
  }

  /** The certificate in use and its intermediates; none before the first. For any thread. */
  List<X509Certificate> chain() {
    return chain;
  }

  /** Whose client certificates are believed. For any thread. */
  List<X509Certificate> clientAuthorities() {
    return clientAuthorities;
  }

  private static X509Certificate[] certificates(ByteString pem, Path file)
      throws GeneralSecurityException {
    X509Certificate[] certificates = CertificateUtils.getX509Certificates(pem.newInput());
    if (certificates.length == 0) {
      throw new GeneralSecurityException(file + " has no certificate");
    }
    return certificates;
  }

  private static AdvancedTlsX509TrustManager trustManager() throws IOException {
    try {
      // Clients have no host name; the chain is verified, the names mean something to
      // CertificateIdentities.
      return AdvancedTlsX509TrustManager.newBuilder()
          .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
          .build();
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot verify certificates: " + e.getMessage(), e);
    }
  }

  private String names() {
    return certificateFile
        + " and "
        + privateKeyFile
        + clientCaFile.map(ca -> " with " + ca).orElse("");
  }
}
