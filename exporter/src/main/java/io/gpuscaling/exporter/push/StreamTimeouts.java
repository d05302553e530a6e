package io.gpuscaling.exporter.push;

import java.time.Duration;

/**
 * After which an adapter that does not do its part is given up, and tried again.
 *
 * @param welcome for its welcome, connection and TLS included
 * @param stall for which its transport may take nothing. Ages are those of the moment when a
 *     message was made: by so much they may be too low when it leaves.
 * @param acknowledgement for which it may owe an acknowledgement without any progress
 */
public record StreamTimeouts(Duration welcome, Duration stall, Duration acknowledgement) {

  /**
   * What the exporter uses. The welcome has more time than the rest: an adapter that was just
   * started has the handshakes of a whole fleet to do, and whoever gives up early has it do them
   * again. The TLS handshake alone has Netty's 10 s of it, which gRPC's clients cannot change.
   */
  public static final StreamTimeouts DEFAULTS =
      new StreamTimeouts(Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(10));
}
