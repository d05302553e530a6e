package io.gpuscaling.kubernetes.client;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How the API server is reached.
 *
 * @param server its address, {@code https} only
 * @param caFile PEM of the CA that signs its certificate
 * @param tokenFile the ServiceAccount token that is shown to it; read again for each request, since
 *     the kubelet replaces it
 * @param timeout longest time for one request, connection and body included
 */
public record ApiServerAccess(URI server, Path caFile, Path tokenFile, Duration timeout) {

  /** Refuses an address without TLS: a token would travel in the clear. */
  public ApiServerAccess {
    if (!"https".equals(server.getScheme())) {
      throw new IllegalArgumentException("the API server must be reached by https: " + server);
    }
  }
}
