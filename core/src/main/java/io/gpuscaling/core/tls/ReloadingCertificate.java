package io.gpuscaling.core.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate that a server shows, read again when the content of its files changes. New
 * handshakes use the newest pair that could be read whole; connections that are open keep theirs.
 * What cannot be used is logged once. Safe for use by any thread; {@link #load} and {@link #reload}
 * block on files.
 */
public final class ReloadingCertificate {

  /** Largest file that is read. */
  public static final int MAX_FILE_BYTES = 1024 * 1024;

  private static final Logger log = LoggerFactory.getLogger(ReloadingCertificate.class);

  private final Path certificateFile;
  private final Path keyFile;
  private volatile @Nullable InUse inUse;

  // Guarded by this: what was read last, whether it was of use or not.
  private @Nullable Contents seen;
  private String problem = "";

  /**
   * The pair in use and the one before it, which handshakes that are under way may have begun with.
   *
   * @param number of the pair in use, 1 for the first
   */
  private record InUse(long number, CertificateWithKey pair, @Nullable CertificateWithKey former) {}

  /** What the files hold; compared, never shown. */
  private static final class Contents {
    private final byte[] certificate;
    private final byte[] key;

    Contents(byte[] certificate, byte[] key) {
      this.certificate = certificate;
      this.key = key;
    }

    boolean isSameAs(@Nullable Contents that) {
      return that != null
          && Arrays.equals(certificate, that.certificate)
          && Arrays.equals(key, that.key);
    }
  }

  /** Reads nothing yet. */
  public ReloadingCertificate(Path certificateFile, Path keyFile) {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
  }

  /**
   * Reads the files for the first time.
   *
   * @throws IOException when they cannot be used; the message names them
   */
  public synchronized void load() throws IOException {
    try {
      Contents contents = read();
      use(CertificateWithKey.parse(contents.certificate, contents.key));
      seen = contents;
    } catch (IOException | GeneralSecurityException e) {
      throw new IOException("cannot use " + names() + " for TLS: " + message(e), e);
    }
  }

  /** Takes the files over if they have changed. Never throws for what they hold. */
  public synchronized void reload() {
    try {
      Contents contents = read();
      if (contents.isSameAs(seen)) {
        return;
      }
      seen = contents;
      use(CertificateWithKey.parse(contents.certificate, contents.key));
      problem = "";
      log.atInfo().addKeyValue("files", names()).log("took over a changed certificate");
    } catch (IOException | GeneralSecurityException e) {
      if (!message(e).equals(problem)) {
        problem = message(e);
        log.atWarn()
            .addKeyValue("files", names())
            .addKeyValue("problem", problem)
            .log("cannot use a changed certificate; the former one stays in use");
      }
    }
  }

  private void use(CertificateWithKey pair) {
    InUse before = inUse;
    inUse =
        before == null ? new InUse(1, pair, null) : new InUse(before.number + 1, pair, before.pair);
  }

  private static String message(Exception e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private Contents read() throws IOException {
    return new Contents(read(certificateFile), read(keyFile));
  }

  private static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
      if (bytes.length > MAX_FILE_BYTES) {
        throw new IOException(file + " is larger than " + MAX_FILE_BYTES + " bytes");
      }
      return bytes;
    }
  }

  private String names() {
    return certificateFile + " and " + keyFile;
  }

  /** The certificate in use and its intermediates; none before it was read. */
  public List<X509Certificate> chain() {
    InUse now = inUse;
    return now == null ? List.of() : now.pair.chain();
  }

  /** Shows the certificate in use to each new handshake. */
  public X509ExtendedKeyManager keyManager() {
    return new Shown();
  }

  /** An alias is a pair's number: chain and key of a handshake are of the same pair. */
  private final class Shown extends X509ExtendedKeyManager {

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return alias(keyType);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return alias(keyType);
    }

    private @Nullable String alias(String keyType) {
      InUse now = inUse;
      return now != null && fits(keyType, now.pair.privateKey().getAlgorithm())
          ? Long.toString(now.number)
          : null;
    }

    private static boolean fits(String keyType, String algorithm) {
      return keyType.equals(algorithm) || (keyType.equals("RSASSA-PSS") && algorithm.equals("RSA"));
    }

    private @Nullable CertificateWithKey pair(String alias) {
      InUse now = inUse;
      if (now == null) {
        return null;
      }
      if (alias.equals(Long.toString(now.number))) {
        return now.pair;
      }
      return alias.equals(Long.toString(now.number - 1)) ? now.former : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      CertificateWithKey pair = pair(alias);
      return pair == null ? null : pair.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      CertificateWithKey pair = pair(alias);
      return pair == null ? null : pair.privateKey();
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      String alias = alias(keyType);
      return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null; // for servers
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null; // for servers
    }
  }
}
