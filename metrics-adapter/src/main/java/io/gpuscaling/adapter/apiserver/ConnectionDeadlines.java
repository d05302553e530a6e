package io.gpuscaling.adapter.apiserver;

import java.time.Duration;

/**
 * How long a peer may keep the server waiting.
 *
 * @param handshake from the connection to the end of its TLS handshake
 * @param arrival from the first to the last byte of a request, or of a frame and its headers
 * @param idle without a byte in either direction
 */
record ConnectionDeadlines(Duration handshake, Duration arrival, Duration idle) {

  static final ConnectionDeadlines DEFAULT =
      new ConnectionDeadlines(
          ApiServerLimits.HANDSHAKE_TIMEOUT,
          ApiServerLimits.ARRIVAL_TIMEOUT,
          ApiServerLimits.IDLE_TIMEOUT);
}
