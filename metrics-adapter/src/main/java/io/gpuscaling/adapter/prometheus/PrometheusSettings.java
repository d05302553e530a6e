package io.gpuscaling.adapter.prometheus;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Where PromQL is asked, and what.
 *
 * @param url below which {@code /api/v1/query} is
 * @param caFile PEM of the authorities of its certificate, read again when it changes; empty: those
 *     of the Java runtime
 * @param tokenFile holds the bearer token, read for each request; empty: none is sent
 * @param timeout of one request, from the connection to the last byte
 * @param interval between two questions of the same name
 * @param stalenessLimit the age at which a result no longer counts
 * @param queries by name
 */
public record PrometheusSettings(
    URI url,
    Optional<Path> caFile,
    Optional<Path> tokenFile,
    Duration timeout,
    Duration interval,
    Duration stalenessLimit,
    Map<String, GrantedQuery> queries) {

  /** The most names of one adapter: each is asked once in an interval. */
  public static final int MAX_QUERIES = 200;

  /** Copies. */
  public PrometheusSettings {
    queries = Map.copyOf(queries);
  }
}
