package io.gpuscaling.exporter.rabbitmq.stats;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * Answers of a RabbitMQ 3.10.8 with the queues c1 (classic), p1 (five priorities), q1 (quorum) and
 * s1 (stream).
 */
final class Recorded {

  static final byte[] PAGE = read("3.10.8-detailed.prom");
  static final byte[] TOTALS = read("3.10.8-totals.json");
  static final byte[] FACTS = read("3.10.8-facts.json");

  private Recorded() {}

  private static byte[] read(String name) {
    try (InputStream in = Recorded.class.getResourceAsStream("/rabbitmq/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
  }
}
