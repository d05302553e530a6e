package io.gpuscaling.policy.engine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the engine wants, with its explanation.
 *
 * @param at when it was evaluated
 * @param currentReplicas of the target then
 * @param desiredReplicas after all gates
 * @param phase in one word
 * @param reason of that
 * @param rule that asked, where one did
 * @param window of the schedule that holds, if any
 * @param minReplicas the least that holds now
 * @param maxReplicas the most that holds now, the pool's quota included
 * @param rules what each rule found, in the policy's order
 * @param gates what each gate did, in their order
 * @param isAtLimit whether a rule asks for more than the maximum or the quota allows
 * @param isDegraded whether a degrade rule is breached
 * @param isShadow whether it is shown only
 */
public record Decision(
    Instant at,
    int currentReplicas,
    int desiredReplicas,
    Phase phase,
    Reason reason,
    Optional<String> rule,
    Optional<String> window,
    int minReplicas,
    int maxReplicas,
    List<RuleOutcome> rules,
    List<GateOutcome> gates,
    boolean isAtLimit,
    boolean isDegraded,
    boolean isShadow) {

  /** Copies. */
  public Decision {
    rules = List.copyOf(rules);
    gates = List.copyOf(gates);
  }

  /** A policy in one word. */
  public enum Phase {
    /** Nothing to do. */
    STEADY("Steady"),
    /** Replicas are being added. */
    SCALING_UP("ScalingUp"),
    /** Replicas are being removed. */
    SCALING_DOWN("ScalingDown"),
    /** Something is asked for, and a gate is closed. */
    HELD("Held"),
    /** The breaker has tripped, or the schedule pauses. */
    PAUSED("Paused"),
    /** A person has ordered it. */
    OVERRIDDEN("Overridden"),
    /** Nothing is known: nothing is served. */
    UNKNOWN("Unknown");

    private final String word;

    Phase(String word) {
      this.word = word;
    }

    /** In CamelCase. */
    public String word() {
      return word;
    }
  }

  /** The direction in which replicas are to change. */
  public Action action() {
    return Action.of(currentReplicas, desiredReplicas);
  }

  /** What one gate did. */
  public GateOutcome gate(Gate gate) {
    return gates.stream().filter(it -> it.gate() == gate).findFirst().orElseThrow();
  }

  /** What an HPA is told, or nothing: then it holds, and a safety metric of its own may raise. */
  public Optional<Integer> served() {
    if (phase == Phase.UNKNOWN) {
      return Optional.empty();
    }
    return Optional.of(isShadow ? currentReplicas : desiredReplicas);
  }
}
