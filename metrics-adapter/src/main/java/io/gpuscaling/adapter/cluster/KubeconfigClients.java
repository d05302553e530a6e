package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes clients of the cluster. */
public final class KubeconfigClients {

  /** How long one try of a request may take. */
  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

  /** How long a connection may take to open. */
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Tries after the first, where trying again can help. */
  static final int MAX_RETRIES = 4;

  /** Wait before the first of them; it doubles each time. */
  static final Duration RETRY_INTERVAL = Duration.ofMillis(500);

  private static final String PKCS8_BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String PKCS8_END = "-----END PRIVATE KEY-----";

  private KubeconfigClients() {}

  /**
   * A client by a kubeconfig file, with its current context.
   *
   * @throws IOException when the file cannot be read or makes no sense; the message has no secret
   */
  public static KubernetesClient ofFile(Path kubeconfig) throws IOException {
    if (!Files.isReadable(kubeconfig)) {
      throw new IOException("kubeconfig " + kubeconfig + " cannot be read");
    }
    try {
      return open(Config.fromKubeconfig(kubeconfig.toFile()));
    } catch (RuntimeException e) {
      // What the library says may quote the file.
      throw new IOException(
          "kubeconfig " + kubeconfig + " makes no client: " + e.getClass().getSimpleName());
    }
  }

  /** A client by the ServiceAccount of the pod, or as kubectl would find its cluster. */
  public static KubernetesClient ofSurroundings() {
    return open(Config.autoConfigure(null));
  }

  private static KubernetesClient open(Config config) {
    var builder =
        new ConfigBuilder(config)
            .withRequestTimeout((int) REQUEST_TIMEOUT.toMillis())
            .withConnectionTimeout((int) CONNECT_TIMEOUT.toMillis())
            .withRequestRetryBackoffLimit(MAX_RETRIES)
            .withRequestRetryBackoffInterval((int) RETRY_INTERVAL.toMillis());
    if (isEllipticInPkcs8(config)) {
      // The library takes every PKCS#8 key for RSA unless it is told.
      builder.withClientKeyAlgo("EC");
    }
    return new KubernetesClientBuilder().withConfig(builder.build()).build();
  }

  private static boolean isEllipticInPkcs8(Config config) {
    Optional<String> pem = keyText(config.getClientKeyData(), config.getClientKeyFile());
    if (pem.isEmpty()) {
      return false;
    }
    int begin = pem.get().indexOf(PKCS8_BEGIN);
    int end = pem.get().indexOf(PKCS8_END);
    if (begin < 0 || end < begin) {
      return false;
    }
    try {
      byte[] der =
          Base64.getMimeDecoder().decode(pem.get().substring(begin + PKCS8_BEGIN.length(), end));
      KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
      return true;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false; // of another algorithm, or broken: the library says so
    }
  }

  /** A key in a kubeconfig is base64 of its PEM; a few tools write the PEM itself. */
  private static Optional<String> keyText(@Nullable String data, @Nullable String file) {
    try {
      if (data != null && !data.isEmpty()) {
        return Optional.of(
            data.startsWith("-----")
                ? data
                : new String(Base64.getMimeDecoder().decode(data), StandardCharsets.US_ASCII));
      }
      return file == null || file.isEmpty()
          ? Optional.empty()
          : Optional.of(Files.readString(Path.of(file), StandardCharsets.US_ASCII));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty(); // the library says so
    }
  }
}
