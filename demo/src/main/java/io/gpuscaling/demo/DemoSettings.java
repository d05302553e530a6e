package io.gpuscaling.demo;

import io.gpuscaling.demo.queue.BrokerAddress;
import io.gpuscaling.demo.story.DemoPlan;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a person may choose.
 *
 * @param bin folder of the launchers
 * @param plan how long it takes
 * @param broker a real broker, or the embedded one
 */
record DemoSettings(Path bin, DemoPlan plan, Optional<BrokerAddress> broker) {

  private static final String SECONDS = "DEMO_SECONDS";
  private static final String RABBITMQ = "RABBITMQ";

  /**
   * Reads {@code DEMO_SECONDS} and {@code RABBITMQ}.
   *
   * @throws IllegalArgumentException when one cannot be used; the message says which and how, and
   *     repeats no URI, which may hold a password
   */
  static DemoSettings of(Path bin, Map<String, String> environment) {
    String seconds = environment.getOrDefault(SECONDS, "");
    DemoPlan plan =
        DemoPlan.parse(seconds)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    SECONDS
                        + " must be a number from "
                        + DemoPlan.MIN_SECONDS
                        + " to "
                        + DemoPlan.MAX_SECONDS
                        + ", and is "
                        + seconds));
    String uri = environment.getOrDefault(RABBITMQ, "");
    try {
      return new DemoSettings(
          bin,
          plan,
          uri.isBlank() ? Optional.empty() : Optional.of(BrokerAddress.parse(uri.strip())));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(RABBITMQ + " " + e.getMessage(), e);
    }
  }
}
