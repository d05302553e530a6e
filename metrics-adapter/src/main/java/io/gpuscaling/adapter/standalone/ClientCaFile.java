package io.gpuscaling.adapter.standalone;

import io.gpuscaling.adapter.auth.CertificateAuthorities;
import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.auth.CurrentTrust;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the trust in client certificates equal to a file. A file that is broken or gone changes
 * nothing: the last good one counts on. There is no front proxy without a cluster. Create, start,
 * close; each once.
 */
public final class ClientCaFile implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClientCaFile.class);
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(30);

  private final Path file;
  private final CurrentTrust trust;
  private final PeriodicTask check = new PeriodicTask("client-ca", CHECK_INTERVAL, this::check);

  /** What counts now; null before the first. An empty file is a fault, not that. */
  private @Nullable String loaded;

  /**
   * Reads nothing yet.
   *
   * @param trust is replaced with each change
   */
  public ClientCaFile(Path file, CurrentTrust trust) {
    this.file = file;
    this.trust = trust;
  }

  /**
   * Reads the file, and again and again.
   *
   * @throws IOException when it cannot be read or holds no CA; the message names it
   */
  public void start() throws IOException {
    try {
      load();
    } catch (CertificateException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    check.start();
  }

  private synchronized void load() throws IOException, CertificateException {
    String pem = Files.readString(file);
    if (!pem.equals(loaded)) {
      trust.replace(new ClientTrust(CertificateAuthorities.ofPem(pem), null));
      loaded = pem;
    }
  }

  /** Reads the file again. */
  void check() {
    try {
      load();
    } catch (IOException | CertificateException e) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.toString())
          .log("the client CA cannot be read, the last good one counts");
    }
  }

  @Override
  public void close() {
    check.close();
  }
}
