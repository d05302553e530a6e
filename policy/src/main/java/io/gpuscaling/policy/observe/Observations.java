package io.gpuscaling.policy.observe;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything that one evaluation is told.
 *
 * @param rules by the rule's name; a rule without an entry is missing
 * @param currentReplicas {@code spec.replicas} of the target
 * @param pendingReplicas of these so many are not ready and younger than the policy's warm-up
 * @param busy workers of the target with a task
 * @param room for more replicas, for the VRAM gate
 * @param quota the most replicas that the pool's evaluator grants, if a pool binds
 * @param override of a person, if any
 * @param resumedAt when a person last ended a pause of the breaker, if ever
 */
public record Observations(
    Map<String, Observation> rules,
    int currentReplicas,
    int pendingReplicas,
    BusyWorkers busy,
    Room room,
    OptionalInt quota,
    Optional<ManualOverride> override,
    Optional<Instant> resumedAt) {

  /** Copies. */
  public Observations {
    rules = Map.copyOf(rules);
    if (currentReplicas < 0 || pendingReplicas < 0) {
      throw new IllegalArgumentException("replicas " + currentReplicas + ", " + pendingReplicas);
    }
  }

  /** Of the rules alone: no leases, no pool, no person. */
  public static Observations of(Map<String, Observation> rules, int currentReplicas) {
    return new Observations(
        rules,
        currentReplicas,
        0,
        new BusyWorkers.Untracked(),
        new Room.Unknown("not asked"),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same, with the pool's answer. */
  public Observations withQuota(OptionalInt replicas) {
    return new Observations(
        rules, currentReplicas, pendingReplicas, busy, room, replicas, override, resumedAt);
  }
}
