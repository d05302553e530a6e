package io.gpuscaling.policy.observe;

/** How many workers of the target run a task. */
public sealed interface BusyWorkers {

  /** The target's workers announce no tasks: there is nothing to protect. */
  record Untracked() implements BusyWorkers {}

  /** So many, or at least so many. */
  record Known(int workers) implements BusyWorkers {}

  /** They announce tasks, but now nobody can say. */
  record Unknown(String reason) implements BusyWorkers {}
}
