package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.state.EngineState;
import java.util.List;

/**
 * What one evaluation gives.
 *
 * @param decision what is wanted, and why
 * @param state for the next evaluation
 * @param events what has become of earlier decisions, and of the breaker
 */
public record Evaluation(Decision decision, EngineState state, List<TargetEvent> events) {

  /** Copies. */
  public Evaluation {
    events = List.copyOf(events);
  }
}
