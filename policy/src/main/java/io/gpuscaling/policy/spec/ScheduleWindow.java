package io.gpuscaling.policy.spec;

import io.gpuscaling.policy.schedule.Recurrence;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A time in which something else holds.
 *
 * @param name of the window
 * @param when it begins and ends
 * @param minReplicas instead of the policy's
 * @param maxReplicas instead of the policy's
 * @param responses by rule, instead of the rule's own
 * @param isPaused the replicas stay as they are, within the bounds
 * @param isImmediate lowering to its maximum waits for neither rate nor busy workers
 */
public record ScheduleWindow(
    String name,
    Recurrence when,
    OptionalInt minReplicas,
    OptionalInt maxReplicas,
    Map<String, Response> responses,
    boolean isPaused,
    boolean isImmediate) {

  /** Copies. */
  public ScheduleWindow {
    responses = Map.copyOf(responses);
  }

  /** The bounds while it is active. A minimum above a maximum that it leaves alone gives way. */
  public Bounds bounds(Bounds base) {
    int max = maxReplicas.orElse(Math.max(base.maxReplicas(), minReplicas.orElse(0)));
    return new Bounds(Math.min(max, minReplicas.orElse(base.minReplicas())), max);
  }

  /** What a rule does while it is active. */
  public Optional<Response> response(String rule) {
    return Optional.ofNullable(responses.get(rule));
  }
}
