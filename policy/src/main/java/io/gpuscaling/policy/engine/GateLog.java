package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.engine.GateOutcome.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Collects what the gates did, in whatever order they were asked. For one evaluation. */
final class GateLog {

  private final Map<Gate, GateOutcome> outcomes = new EnumMap<>(Gate.class);

  void passed(Gate gate, int replicas) {
    outcomes.put(
        gate,
        new GateOutcome(gate, Verdict.PASSED, Reason.PASSED, replicas, replicas, Optional.empty()));
  }

  void passed(Gate gate, Reason reason, int before, int after) {
    outcomes.put(
        gate, new GateOutcome(gate, Verdict.PASSED, reason, before, after, Optional.empty()));
  }

  void decided(Gate gate, Reason reason, int before, int after, Optional<Duration> left) {
    outcomes.put(gate, new GateOutcome(gate, Verdict.DECIDED, reason, before, after, left));
  }

  void limited(Gate gate, Reason reason, int before, int after) {
    outcomes.put(
        gate, new GateOutcome(gate, Verdict.LIMITED, reason, before, after, Optional.empty()));
  }

  void closed(Gate gate, Reason reason, int before, int after, Optional<Duration> left) {
    outcomes.put(gate, new GateOutcome(gate, Verdict.CLOSED, reason, before, after, left));
  }

  /**
   * What a gate made of a proposal: passed it, limited it, or closed.
   *
   * @param reason where it did not pass it
   * @param before replicas that were proposed
   * @param after replicas that are left of it; {@code current} when nothing is
   * @param left how long it stays closed, where that is known
   */
  void let(Gate gate, Reason reason, int before, int after, int current, Optional<Duration> left) {
    if (after == before) {
      passed(gate, before);
    } else if (after == current) {
      closed(gate, reason, before, current, left);
    } else {
      limited(gate, reason, before, after);
    }
  }

  /** Every gate, those that were not asked too. */
  List<GateOutcome> all(int current) {
    List<GateOutcome> all = new ArrayList<>(Gate.values().length);
    for (Gate gate : Gate.values()) {
      GateOutcome outcome = outcomes.get(gate);
      all.add(
          outcome != null
              ? outcome
              : new GateOutcome(
                  gate, Verdict.NOT_ASKED, Reason.NOT_ASKED, current, current, Optional.empty()));
    }
    return all;
  }
}
