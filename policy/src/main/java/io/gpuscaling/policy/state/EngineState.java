package io.gpuscaling.policy.state;

import io.gpuscaling.policy.schedule.Schedule;
import java.time.Instant;
import java.util.Map;

/**
 * Everything that one evaluation leaves for the next.
 *
 * @param windows by rule; in memory only, they fill again after a start
 * @param schedule the window that holds, as found last
 * @param evaluatedAt the last evaluation, or {@link Instant#MIN}
 * @param actions what is kept in the policy's status
 */
public record EngineState(
    Map<String, RuleWindow> windows,
    Schedule.Active schedule,
    Instant evaluatedAt,
    Actions actions) {

  /** Before anything. */
  public static final EngineState EMPTY = ofActions(Actions.NONE);

  /** Copies. */
  public EngineState {
    windows = Map.copyOf(windows);
  }

  /** As read from a status: no data points yet. */
  public static EngineState ofActions(Actions actions) {
    return new EngineState(Map.of(), Schedule.Active.NONE, Instant.MIN, actions);
  }

  /** With other actions. */
  public EngineState withActions(Actions newActions) {
    return new EngineState(windows, schedule, evaluatedAt, newActions);
  }
}
