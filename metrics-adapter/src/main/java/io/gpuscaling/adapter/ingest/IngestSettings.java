package io.gpuscaling.adapter.ingest;

import io.gpuscaling.kubernetes.identity.ServiceAccount;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How the receiving side is set up.
 *
 * @param listen where exporters connect to
 * @param certificateFile PEM chain of the server
 * @param privateKeyFile PEM key of the server
 * @param clientCaFile PEM of the CA that signs exporters' client certificates; none: only tokens
 *     are accepted
 * @param reloadInterval how often those files are looked at for changes
 * @param audience which audience exporters' tokens must have
 * @param identities which ServiceAccounts are exporters, and of what; empty: no token is accepted
 * @param idleTimeout longest silence of a stream
 * @param maxStreamAge after which an exporter must authenticate again
 * @param maxStreams most streams at a time
 * @param version told to exporters
 */
public record IngestSettings(
    InetSocketAddress listen,
    Path certificateFile,
    Path privateKeyFile,
    Optional<Path> clientCaFile,
    Duration reloadInterval,
    String audience,
    Map<ServiceAccount, ExporterScope> identities,
    Duration idleTimeout,
    Duration maxStreamAge,
    int maxStreams,
    String version) {

  /** Copies the map. */
  public IngestSettings {
    identities = Map.copyOf(identities);
  }

  /** How often streams are looked at for silence and age. */
  Duration watchInterval() {
    return Duration.ofMillis(Math.max(1, idleTimeout.toMillis() / 3));
  }
}
