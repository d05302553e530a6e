package io.gpuscaling.demo.story;

import java.time.Duration;
import java.util.Optional;

/**
 * How long everything takes. A shorter demo is the same story told faster.
 *
 * @param total from the first reading to the end
 * @param spikeAfter quiet time before messages arrive
 * @param messages that arrive at once
 * @param taskDuration of one message
 * @param syncPeriod between two evaluations of the HPA; 15 s in a cluster
 * @param cooldownUp of the policy; 300 s as shipped
 * @param cooldownDown of the policy; 600 s as shipped
 * @param leaseTimeToLive of a worker's leases; 30 s in a cluster
 */
public record DemoPlan(
    Duration total,
    Duration spikeAfter,
    int messages,
    Duration taskDuration,
    Duration syncPeriod,
    Duration cooldownUp,
    Duration cooldownDown,
    Duration leaseTimeToLive) {

  /** What is shown when nothing is asked for. */
  public static final int DEFAULT_SECONDS = 80;

  /** In less the loop cannot close. */
  public static final int MIN_SECONDS = 25;

  /** A day. */
  public static final int MAX_SECONDS = 86_400;

  /** Above the policy's threshold for as long as it takes to add workers for all GPUs. */
  private static final int MESSAGES = 240;

  /** The same for workers that are twice as fast. */
  private static final int MANY_MESSAGES = 320;

  private static final int FAST_BELOW_SECONDS = 50;

  /** The plan for so many seconds. */
  public static DemoPlan of(int seconds) {
    Duration total = Duration.ofSeconds(seconds);
    return seconds < FAST_BELOW_SECONDS
        ? new DemoPlan(
            total,
            Duration.ofSeconds(4),
            MANY_MESSAGES,
            Duration.ofMillis(600),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3))
        : new DemoPlan(
            total,
            Duration.ofSeconds(7), // between two looks of the HPA
            MESSAGES,
            Duration.ofMillis(1_200),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3));
  }

  /**
   * The plan for what the environment variable {@code DEMO_SECONDS} says.
   *
   * @return empty when it is no number in range
   */
  public static Optional<DemoPlan> parse(String text) {
    if (text.isBlank()) {
      return Optional.of(of(DEFAULT_SECONDS));
    }
    try {
      int seconds = Integer.parseInt(text.strip());
      return seconds < MIN_SECONDS || seconds > MAX_SECONDS
          ? Optional.empty()
          : Optional.of(of(seconds));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
