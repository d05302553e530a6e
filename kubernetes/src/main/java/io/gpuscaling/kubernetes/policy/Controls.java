package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a person has ordered by annotation.
 *
 * @param order to keep, if any
 * @param until its end, if it was written; see {@link #override}
 * @param resumedAt when a pause of the runaway protection was ended by hand, if ever
 */
public record Controls(
    Optional<Order> order, Optional<Instant> until, Optional<Instant> resumedAt) {

  /** {@code pause}, {@code pause-at=5}, {@code hold-up} or {@code hold-down}. */
  public static final String OVERRIDE = "gpuscaling.io/override";

  /** When the override ends, by RFC 3339. */
  public static final String OVERRIDE_UNTIL = "gpuscaling.io/override-until";

  /** When the runaway protection was told to go on, by RFC 3339. */
  public static final String RESUMED_AT = "gpuscaling.io/resumed-at";

  /** An override without an end ends by itself, so that none is forgotten. */
  public static final Duration DEFAULT_OVERRIDE = Duration.ofHours(24);

  /** Nobody has ordered anything. */
  public static final Controls NONE =
      new Controls(Optional.empty(), Optional.empty(), Optional.empty());

  private static final Pattern PAUSE_AT = Pattern.compile("pause-at=(\\d{1,6})");
  private static final String ALLOWED = "pause, pause-at=N, hold-up or hold-down";

  /**
   * The override for the engine.
   *
   * @param firstSeenAt when this order was first seen; one without an end lasts 24 h from then
   */
  public Optional<ManualOverride> override(Instant firstSeenAt) {
    return order.map(
        it -> new ManualOverride(it, until.orElse(firstSeenAt.plus(DEFAULT_OVERRIDE))));
  }

  /** Reads them; one that cannot be understood is a problem: somebody means something by it. */
  static Controls read(ObjectMeta metadata, Problems problems) {
    Optional<String> order = Optional.ofNullable(metadata.annotations().get(OVERRIDE));
    return new Controls(
        order.flatMap(text -> order(text, problems)),
        moment(metadata, OVERRIDE_UNTIL, problems),
        moment(metadata, RESUMED_AT, problems));
  }

  private static Optional<Order> order(String text, Problems problems) {
    Optional<Order> order = order(text);
    if (order.isEmpty()) {
      problems.add(Problem.of(path(OVERRIDE), text, "must be " + ALLOWED));
    }
    return order;
  }

  /** An order by its word. */
  static Optional<Order> order(String text) {
    Matcher pauseAt = PAUSE_AT.matcher(text);
    if (pauseAt.matches()) {
      return Optional.of(new Order.PauseAt(Integer.parseInt(pauseAt.group(1))));
    }
    return switch (text) {
      case "pause" -> Optional.of(new Order.Pause());
      case "hold-up" -> Optional.of(new Order.HoldUp());
      case "hold-down" -> Optional.of(new Order.HoldDown());
      default -> Optional.empty();
    };
  }

  /** The word of an order. */
  static String word(Order order) {
    return switch (order) {
      case Order.Pause() -> "pause";
      case Order.PauseAt(int replicas) -> "pause-at=" + replicas;
      case Order.HoldUp() -> "hold-up";
      case Order.HoldDown() -> "hold-down";
    };
  }

  private static Optional<Instant> moment(ObjectMeta metadata, String name, Problems problems) {
    String text = metadata.annotations().get(name);
    if (text == null) {
      return Optional.empty();
    }
    Optional<Instant> instant = Moment.parse(text);
    if (instant.isEmpty()) {
      problems.add(Problem.of(path(name), text, "must be a time such as 2026-11-25T03:12:00Z"));
    }
    return instant;
  }

  private static String path(String annotation) {
    return "metadata.annotations[" + annotation + "]";
  }
}
