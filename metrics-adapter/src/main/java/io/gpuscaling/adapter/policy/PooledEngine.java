package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.adapter.pool.Fitness;
import io.gpuscaling.adapter.pool.PoolAccount;
import io.gpuscaling.adapter.pool.PoolClaim;
import io.gpuscaling.adapter.pool.PoolQuotas;
import io.gpuscaling.kubernetes.policy.EvaluationInputs;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.engine.Evaluation;
import io.gpuscaling.policy.engine.Gate;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.pool.PoolDemand;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.VramGate;
import io.gpuscaling.policy.state.EngineState;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Evaluates policies within what their pools grant: first each as if its pool had no end, which
 * says what it wants, then with what the pool makes of all wishes. Of the evaluator's thread alone,
 * so that a GPU is granted once.
 */
final class PooledEngine {

  private final PoolQuotas quotas = new PoolQuotas();

  /** A round begins, with these policies. */
  void beginRound(Set<PolicyName> policies) {
    quotas.beginRound(policies);
  }

  /**
   * What a policy wants.
   *
   * @param free the evaluation without a quota
   * @param claim what it asks of its pool, if it has one
   */
  record Wish(
      Steers steers,
      Observations seen,
      EngineState state,
      Evaluation free,
      Optional<PoolClaim> claim) {}

  /** Of all policies that are evaluated now, before the first of them decides. */
  Wish wish(Steers steers, Observations seen, EngineState state, Instant now) {
    Policy policy = steers.policy();
    Evaluation free = Engine.evaluate(policy, seen, state, now);
    return new Wish(
        steers,
        seen,
        state,
        free,
        steers
            .pool()
            .map(pool ->
                quotas.claim(
                    pool.metadata().name(),
                    new PoolClaim(
                        demand(steers, pool, seen, state, free.decision()),
                        steers.target(),
                        policy.vramGate() instanceof VramGate.AutoscaledPool gate
                            ? gate.maxPending()
                            : 0),
                    !policy.isShadow())));
  }

  /**
   * What became of a wish.
   *
   * @param evaluation the decision
   * @param inputs that it was made of, beside the policy
   */
  record Decided(Evaluation evaluation, EvaluationInputs inputs) {}

  /** What becomes of a wish. */
  Decided decide(Wish wish, ClusterSnapshot cluster, Fitness fitness, Instant now) {
    if (wish.claim().isEmpty()) {
      return decided(wish, now);
    }
    Policy policy = wish.steers().policy();
    GpuPool pool = wish.steers().pool().orElseThrow();
    int quota = quotas.quota(pool, cluster, fitness, wish.claim().get());
    Decided decided =
        quota >= wish.claim().get().demand().wantedReplicas()
            // It gets what it wants, and whatever else holds it is the reason.
            ? decided(wish, now)
            : within(wish, quota, now);
    quotas.decided(
        pool.metadata().name(), policy.name(), decided.evaluation().decision().desiredReplicas());
    return decided;
  }

  private static Decided decided(Wish wish, Instant now) {
    return new Decided(wish.free(), new EvaluationInputs(wish.seen(), wish.state(), now));
  }

  private static Decided within(Wish wish, int quota, Instant now) {
    Observations seen = wish.seen().withQuota(OptionalInt.of(quota));
    return new Decided(
        Engine.evaluate(wish.steers().policy(), seen, wish.state(), now),
        new EvaluationInputs(seen, wish.state(), now));
  }

  /** What a pool has, and what is asked of it, after all decisions of a round. */
  PoolAccount account(GpuPool pool, ClusterSnapshot cluster, Fitness fitness) {
    return quotas.account(pool, cluster, fitness);
  }

  private static PoolDemand demand(
      Steers steers, GpuPool pool, Observations seen, EngineState state, Decision wanted) {
    Policy policy = steers.policy();
    int current = seen.currentReplicas();
    int held = state.actions().pending().map(it -> Math.max(current, it.to())).orElse(current);
    return new PoolDemand(
        policy.name(),
        pool.granted(policy.name().namespace(), policy.workloadClass())
            .orElse(policy.workloadClass()),
        (int) steers.target().scale().orElseThrow().requests().count(pool.resources()),
        wanted.minReplicas(),
        held,
        wanted(wanted),
        policy.busyFloor() ? busy(seen.busy(), current) : 0,
        downStep(policy, current),
        wanted.at(),
        policy.reclaim());
  }

  /**
   * What is kept for it: also what its rules ask for and a cooldown or a rate puts off, lest a
   * lower class takes it meanwhile. What anything else forbids is not kept.
   */
  private static int wanted(Decision free) {
    int least = Math.max(free.minReplicas(), free.desiredReplicas());
    return switch (free.reason()) {
      case COOLING_DOWN, RATE_LIMITED ->
          Math.max(least, Math.min(free.gate(Gate.RULES).after(), free.maxReplicas()));
      default -> least;
    };
  }

  /** Of workers about whom nobody can say anything none is taken. */
  private static int busy(BusyWorkers busy, int current) {
    return switch (busy) {
      case BusyWorkers.Known(int workers) -> workers;
      case BusyWorkers.Unknown _ -> current;
      case BusyWorkers.Untracked() -> 0;
    };
  }

  /** The most that the policy's own rules would remove at once. */
  private static int downStep(Policy policy, int current) {
    int most = 1;
    for (Rule rule : policy.rules()) {
      most =
          Math.max(
              most,
              switch (rule.response()) {
                case Response.Thresholds(_, var down) ->
                    down.map(it -> it.step().replicas(current, it.value())).orElse(1);
                case Response.Proportional(_, _, var maxStepDown) -> maxStepDown.orElse(1);
              });
    }
    return most;
  }
}
