package io.gpuscaling.exporter.lease;

import io.gpuscaling.kubernetes.identity.ServiceAccount;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * How the lease service is set up.
 *
 * @param listen where workers connect to
 * @param certificateFile PEM chain of the server; its name is that of the Service that workers use
 * @param privateKeyFile PEM key of the server
 * @param nodeName this node; tokens of pods on other nodes are refused
 * @param audience which audience workers' tokens must have
 * @param timeToLive after which a session or task that is not renewed ends; 1 s to 10 min
 * @param httpListen where workers without gRPC connect to, if they may
 * @param namespaces whose pods may take leases; {@code *}: all
 * @param orchestrators who may hold leases for the pods of this node that they name
 * @param stateFile where the leases outlive a process; none: nowhere
 */
public record LeaseSettings(
    InetSocketAddress listen,
    Path certificateFile,
    Path privateKeyFile,
    String nodeName,
    String audience,
    Duration timeToLive,
    Optional<InetSocketAddress> httpListen,
    Set<String> namespaces,
    Set<ServiceAccount> orchestrators,
    Optional<Path> stateFile) {

  /** Every namespace. */
  public static final String ALL_NAMESPACES = "*";

  /** gRPC alone, for pods of all namespaces. */
  public LeaseSettings(
      InetSocketAddress listen,
      Path certificateFile,
      Path privateKeyFile,
      String nodeName,
      String audience,
      Duration timeToLive) {
    this(
        listen,
        certificateFile,
        privateKeyFile,
        nodeName,
        audience,
        timeToLive,
        Optional.empty(),
        Set.of(ALL_NAMESPACES),
        Set.of(),
        Optional.empty());
  }

  /** Whether pods of a namespace may take leases. */
  boolean mayTakeLeases(String namespace) {
    return namespaces.contains(ALL_NAMESPACES) || namespaces.contains(namespace);
  }

  /** Checks the time to live. */
  public LeaseSettings {
    if (timeToLive.compareTo(LeaseLimits.MIN_TIME_TO_LIVE) < 0
        || timeToLive.compareTo(LeaseLimits.MAX_TIME_TO_LIVE) > 0) {
      throw new IllegalArgumentException(
          "a time to live is "
              + LeaseLimits.MIN_TIME_TO_LIVE.toSeconds()
              + " s to "
              + LeaseLimits.MAX_TIME_TO_LIVE.toSeconds()
              + " s, not "
              + timeToLive);
    }
    namespaces = Set.copyOf(namespaces);
    orchestrators = Set.copyOf(orchestrators);
  }
}
