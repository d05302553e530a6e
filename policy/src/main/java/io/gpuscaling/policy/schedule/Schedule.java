package io.gpuscaling.policy.schedule;

import io.gpuscaling.policy.spec.ScheduleWindow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Which window of a schedule holds. */
public final class Schedule {

  private Schedule() {}

  /**
   * The window that holds, and for how long that is certain.
   *
   * @param window the first active one, if any
   * @param from the instant of which it was asked
   * @param until nothing changes before
   */
  public record Active(Optional<ScheduleWindow> window, Instant from, Instant until) {

    /** Known of no instant. */
    public static final Active NONE = new Active(Optional.empty(), Instant.EPOCH, Instant.EPOCH);

    /** Whether it still says what holds. */
    public boolean covers(Instant now) {
      return !now.isBefore(from) && now.isBefore(until);
    }
  }

  /** The first active window of the list. */
  public static Active at(List<ScheduleWindow> windows, Instant now) {
    Optional<ScheduleWindow> active =
        windows.stream().filter(window -> window.when().isActive(now)).findFirst();
    Instant until =
        windows.stream()
            .flatMap(window -> window.when().nextChange(now).stream())
            .min(Instant::compareTo)
            .orElse(Instant.MAX);
    return new Active(active, now, until);
  }
}
