package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.state.Actions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What stands in the status of a policy: all that replicas share.
 *
 * @param observedGeneration of the spec that was read last; -1 before the first write
 * @param state the policy in one word; empty before the first write
 * @param currentReplicas of the target when it last changed
 * @param desiredReplicas what is wanted
 * @param conditions by type, in order
 * @param actions what was done and what is still to come
 * @param override the order of a person, and since when it is known
 * @param degradation how far it is degraded
 * @param decision the newest decision that changed something, as a tree
 * @param history what is kept of the newest decisions that changed replicas or state, newest first
 */
public record RecordedStatus(
    long observedGeneration,
    String state,
    OptionalInt currentReplicas,
    OptionalInt desiredReplicas,
    List<Condition> conditions,
    Actions actions,
    Optional<SeenOverride> override,
    DegradationState degradation,
    Map<String, Object> decision,
    List<Map<String, Object>> history) {

  /** The word for a policy that cannot steer. */
  public static final String NOT_READY = "NotReady";

  /** Before anything was written. */
  public static final RecordedStatus NONE =
      new RecordedStatus(
          -1,
          "",
          OptionalInt.empty(),
          OptionalInt.empty(),
          List.of(),
          Actions.NONE,
          Optional.empty(),
          DegradationState.NONE,
          Map.of(),
          List.of());

  /**
   * The order of a person.
   *
   * @param order the annotation's value
   * @param since when it was first seen
   * @param until when it ends
   */
  public record SeenOverride(String order, Instant since, Instant until) {}

  /** Copies. */
  public RecordedStatus {
    conditions = List.copyOf(conditions);
    decision = Map.copyOf(decision);
    history = List.copyOf(history);
  }

  /** A condition, if it was ever written. */
  Optional<Condition> condition(String type) {
    return conditions.stream().filter(it -> it.type().equals(type)).findFirst();
  }
}
