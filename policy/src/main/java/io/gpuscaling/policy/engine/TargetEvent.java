package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.state.Pause;
import io.gpuscaling.policy.state.Pending;
import java.time.Instant;

/** Something that is counted and told. */
public sealed interface TargetEvent {

  /** The target has followed a decision to its end. */
  record Reached(Pending decision, Instant at) implements TargetEvent {}

  /** The target has not followed a decision within the deadline. */
  record NotReached(Pending decision, Instant at) implements TargetEvent {}

  /** Somebody else has changed the replicas; the decision is void. */
  record ChangedByOther(Pending decision, int replicas, Instant at) implements TargetEvent {}

  /** The breaker has tripped. */
  record Tripped(Pause pause) implements TargetEvent {}

  /** The breaker has closed again, by time or by a person. */
  record Resumed(Instant at) implements TargetEvent {}
}
