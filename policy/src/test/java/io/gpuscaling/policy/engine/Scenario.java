package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.state.EngineState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A policy over time: sets what is seen, steps, and keeps every evaluation. */
final class Scenario {

  static final Instant START = Instant.parse("2026-03-02T12:00:00Z");

  final List<TargetEvent> events = new ArrayList<>();
  EngineState state = EngineState.EMPTY;
  Instant now = START;
  int replicas;
  boolean isFollowing = true;
  BusyWorkers busy = new BusyWorkers.Untracked();
  Room room = new Room.Unknown("not asked");
  int pendingReplicas;
  OptionalInt quota = OptionalInt.empty();
  Optional<ManualOverride> override = Optional.empty();
  Optional<Instant> resumedAt = Optional.empty();
  private final Policy policy;
  private final Map<String, Observation> rules = new HashMap<>();

  Scenario(PolicyFixture fixture, int replicas) {
    this.policy = fixture.policy();
    this.replicas = replicas;
  }

  /** From the next evaluation on the rule's metric has this value, observed at each anew. */
  Scenario value(String rule, double value) {
    return value(rule, value, Exactness.EXACT);
  }

  Scenario value(String rule, double value, Exactness exactness) {
    rules.put(rule, new Observation.Sampled(Instant.EPOCH, value, exactness, "test"));
    return this;
  }

  Scenario missing(String rule) {
    rules.put(rule, new Observation.Missing("source lost"));
    return this;
  }

  Scenario replicas(int count) {
    replicas = count;
    return this;
  }

  Scenario wait(Duration time) {
    now = now.plus(time);
    return this;
  }

  /** One evaluation; the target follows at once unless {@link #isFollowing} is off. */
  Decision step() {
    Map<String, Observation> seen = new HashMap<>();
    rules.forEach((rule, observation) ->
        seen.put(
            rule,
            observation instanceof Observation.Sampled it
                ? new Observation.Sampled(now, it.value(), it.exactness(), it.source())
                : observation));
    return step(seen);
  }

  Decision step(Map<String, Observation> seen) {
    Evaluation evaluation =
        Engine.evaluate(
            policy,
            new Observations(
                seen, replicas, pendingReplicas, busy, room, quota, override, resumedAt),
            state,
            now);
    state = evaluation.state();
    events.addAll(evaluation.events());
    if (isFollowing) {
      replicas = evaluation.decision().served().orElse(replicas);
      state = Engine.follow(policy, replicas, state, now);
    }
    now = now.plus(policy.evaluationInterval());
    return evaluation.decision();
  }

  /** So many evaluations; the last one. */
  Decision steps(int count) {
    for (int i = 1; i < count; i++) {
      step();
    }
    return step();
  }

  /** Evaluations for a time. */
  Decision run(Duration time) {
    return steps(Math.toIntExact(time.dividedBy(policy.evaluationInterval())));
  }
}
