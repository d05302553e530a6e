package io.gpuscaling.core.http;

import java.time.Duration;

/**
 * What an endpoint allows. Beyond a limit the connection is closed or the request refused, and
 * counted.
 *
 * @param maxConnections open connections
 * @param maxRequestLineBytes method, path, query and version
 * @param maxHeaderBytes all headers of a request
 * @param maxInFlight requests on virtual threads at a time; more are answered 503
 * @param idleTimeout between two requests of a connection
 * @param requestTimeout from the first byte of a request to its last header
 * @param handlerTimeout for an offloaded route; then 503
 * @param writeTimeout for a client that does not read
 * @param drainTimeout for everything that {@link HttpEndpoint#close} waits for
 */
public record HttpLimits(
    int maxConnections,
    int maxRequestLineBytes,
    int maxHeaderBytes,
    int maxInFlight,
    Duration idleTimeout,
    Duration requestTimeout,
    Duration handlerTimeout,
    Duration writeTimeout,
    Duration drainTimeout) {

  /** Those of a metrics endpoint: a few scrapers and the kubelet. */
  public static final HttpLimits DEFAULT =
      new HttpLimits(
          256,
          4096,
          8192,
          16,
          Duration.ofSeconds(90),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5));
}
