package io.gpuscaling.adapter.apiserver;

import java.time.Duration;

/** Every limit of the server, in one place. */
final class ApiServerLimits {

  /** Most connections at a time; one more is closed before its handshake. */
  static final int MAX_CONNECTIONS = 1024;

  /**
   * Most connections at a time from one address: a cluster's API server keeps one, so this leaves
   * room for all when one pod opens as many as it can.
   */
  static final int MAX_CONNECTIONS_PER_ADDRESS = 256;

  /** Most bytes of all headers of a request: group and extra headers of a proxy can be many. */
  static final int MAX_HEADER_BYTES = 128 * 1024;

  /** Longest request line of HTTP/1.1, in bytes: selectors can be long. */
  static final int MAX_REQUEST_LINE_BYTES = 66 * 1024;

  /** Most bytes of a body, which is thrown away. */
  static final int MAX_BODY_BYTES = 64 * 1024;

  /** Most HTTP/1.1 requests that may wait on a connection for the one before them. */
  static final int MAX_PIPELINED = 32;

  /** Most requests that are waiting for a review. */
  static final int MAX_IN_FLIGHT = 400;

  /** Most HTTP/2 streams at a time on a connection. */
  static final int MAX_STREAMS = 100;

  /** Most resets of streams that a peer may send or provoke within {@link #RESET_WINDOW}. */
  static final int MAX_RESETS = 200;

  /** See {@link #MAX_RESETS}. Probes reset streams too, some ten in this time. */
  static final Duration RESET_WINDOW = Duration.ofSeconds(30);

  /** How long a TLS handshake may take. */
  static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

  /** How long a request, or a frame and its block of headers, may take to arrive. */
  static final Duration ARRIVAL_TIMEOUT = Duration.ofSeconds(32);

  /** Longer than the 90 s for which Go keeps idle connections, so that it closes them first. */
  static final Duration IDLE_TIMEOUT = Duration.ofMinutes(2);

  /** Age at which a connection is asked to go, so that replicas come to share the load. */
  static final Duration MAX_CONNECTION_AGE = Duration.ofMinutes(30);

  /** By how much of itself that age varies, either way. */
  static final double AGE_JITTER = 0.1;

  /** Between the announcement that a connection goes and the last stream id that it takes. */
  static final Duration GOAWAY_GRACE = Duration.ofSeconds(1);

  /** How long the page of own metrics may take to be written. */
  static final Duration EXPOSITION_TIMEOUT = Duration.ofSeconds(10);

  /** Most pages of own metrics that are written at a time. */
  static final int MAX_EXPOSITIONS = 4;

  /** How often the files of the serving certificate are looked at. */
  static final Duration CERTIFICATE_CHECK_INTERVAL = Duration.ofMinutes(1);

  /** Largest file of a certificate or key. */
  static final int MAX_CERTIFICATE_FILE_BYTES = 1024 * 1024;

  private ApiServerLimits() {}
}
