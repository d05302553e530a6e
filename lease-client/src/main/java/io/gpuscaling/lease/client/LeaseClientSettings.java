package io.gpuscaling.lease.client;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Where the exporter is and who this worker is.
 *
 * @param host of the exporters' Service
 * @param port of gRPC
 * @param tokenFile the pod's projected token; read for each call, since the kubelet replaces it
 * @param caFile the authority of the exporters' certificate
 * @param callTimeout longest time for one call; never of a worker's thread
 */
public record LeaseClientSettings(
    String host, int port, Path tokenFile, Path caFile, Duration callTimeout) {

  private static final String DEFAULT_ADDRESS = "https://exporter-leases.gpuscaling.svc:9402";
  private static final String FOLDER = "/var/run/secrets/gpuscaling/leases/";
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
  private static final int DEFAULT_PORT = 9402;

  /**
   * From the environment variables {@code GPUSCALING_LEASE_GRPC_URL}, {@code
   * GPUSCALING_LEASE_TOKEN_FILE} and {@code GPUSCALING_LEASE_CA_FILE}, or their defaults.
   *
   * @throws IllegalArgumentException for an address that is none
   */
  public static LeaseClientSettings of(Map<String, String> environment) {
    URI address =
        URI.create(environment.getOrDefault("GPUSCALING_LEASE_GRPC_URL", DEFAULT_ADDRESS));
    if (!"https".equals(address.getScheme()) || address.getHost() == null) {
      throw new IllegalArgumentException("GPUSCALING_LEASE_GRPC_URL must be https://HOST:PORT");
    }
    return new LeaseClientSettings(
        address.getHost(),
        address.getPort() < 0 ? DEFAULT_PORT : address.getPort(),
        Path.of(environment.getOrDefault("GPUSCALING_LEASE_TOKEN_FILE", FOLDER + "token")),
        Path.of(environment.getOrDefault("GPUSCALING_LEASE_CA_FILE", FOLDER + "ca.crt")),
        CALL_TIMEOUT);
  }
}
