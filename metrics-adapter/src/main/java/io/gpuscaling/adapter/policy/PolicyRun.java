package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.kubernetes.policy.EvaluationInputs;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.degrade.Degrading;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.TargetEvent;
import io.gpuscaling.policy.hpa.HpaPast;
import io.gpuscaling.policy.hpa.HpaState;
import io.gpuscaling.policy.schedule.Schedule;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.state.EngineState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One policy on its way from evaluation to evaluation. Of the evaluator's thread alone, but for the
 * outcome of a write, which another thread leaves here.
 */
final class PolicyRun {

  /**
   * A write that is under way.
   *
   * @param before on which it was decided
   * @param status what is written
   * @param events what it tells of, once it is written
   * @param outcome what it came to, once that is known
   */
  record Write(
      PolicyObject before,
      RecordedStatus status,
      List<TargetEvent> events,
      AtomicReference<@Nullable Outcome> outcome) {}

  private PolicyObject object;
  private EngineState state;
  private long dueNanos;
  private int followedReplicas = -1;
  private int watchedReplicas = -1;
  private HpaPast past = HpaPast.from(Instant.MAX);
  private long writesFromNanos;
  private String lastFailure = "";
  private @Nullable Write write;
  private @Nullable Policy evaluated;
  private Optional<PooledEngine.Decided> newest = Optional.empty();
  private DegradationState degradation = DegradationState.NONE;

  PolicyRun(PolicyObject object, long dueNanos) {
    this.object = object;
    this.dueNanos = dueNanos;
    this.state = EngineState.ofActions(object.status().actions());
  }

  /** What is known to be written. */
  PolicyObject object() {
    return object;
  }

  /** Whether it is the same object, not one of the same name that was made after it was deleted. */
  boolean isOf(PolicyObject other) {
    return object.metadata().uid().equals(other.metadata().uid());
  }

  /** Windows of this replica, and the actions that all share. */
  EngineState state() {
    return state;
  }

  /**
   * Takes what a watch, or a write, says; what is older than what is known is no news.
   *
   * @return whether the spec or the orders have changed
   */
  boolean adopt(PolicyObject seen) {
    if (seen.equals(object) || seen.isOlderThan(object)) {
      return false;
    }
    boolean isNew =
        seen.metadata().generation() != object.metadata().generation()
            || !seen.metadata().annotations().equals(object.metadata().annotations());
    object = seen;
    state = state.withActions(seen.status().actions());
    return isNew;
  }

  /**
   * What the next evaluation begins with. Another policy, by its spec or its profile, makes void
   * what was remembered of the schedule, and other rules what was observed. A decision of another
   * spec is withdrawn: whoever changed it may have done so because of that decision.
   */
  EngineState stateFor(Policy policy) {
    Policy before = evaluated;
    if (!policy.equals(before)) {
      boolean isSame = before != null && before.rules().equals(policy.rules());
      state =
          isSame
              ? new EngineState(
                  state.windows(), Schedule.Active.NONE, state.evaluatedAt(), state.actions())
              : EngineState.ofActions(state.actions());
      evaluated = policy;
    }
    if (object.metadata().generation() != object.status().observedGeneration()) {
      state =
          state.withActions(
              state.actions().withPending(Optional.empty()).withRest(OptionalInt.empty()));
    }
    return state;
  }

  /** Keeps the windows of an evaluation; its actions count only when they are written. */
  void evaluated(PooledEngine.Decided decided) {
    state = decided.evaluation().state().withActions(object.status().actions());
    newest = Optional.of(decided);
  }

  /** Of the newest evaluation here, whether or not it is in effect. */
  Optional<Decision> decision() {
    return newest.map(it -> it.evaluation().decision());
  }

  /** What the newest evaluation here was made of. */
  Optional<EvaluationInputs> inputs() {
    return newest.map(PooledEngine.Decided::inputs);
  }

  /**
   * How far the policy is degraded after an evaluation. The level is the written one and what
   * follows from it; since when something is so is remembered here too, for it is written late.
   */
  DegradationState degradation(Policy policy, Decision decision) {
    DegradationState written = object.status().degradation();
    boolean isRemembered =
        degradation.level() == written.level()
            && degradation.changedAt().equals(written.changedAt());
    DegradationState base = isRemembered ? degradation : written;
    DegradationState next =
        policy
            .degradation()
            .map(it -> Degrading.next(it, decision, base))
            .orElse(DegradationState.NONE);
    if (next.level() == written.level()) {
      degradation = next;
    }
    return next;
  }

  boolean isDue(long nowNanos) {
    return nowNanos - dueNanos >= 0;
  }

  void dueAt(long nanos) {
    dueNanos = nanos;
  }

  long dueNanos() {
    return dueNanos;
  }

  /** Whether the target has so many replicas for the first time. */
  boolean isMoved(int replicas) {
    boolean isMoved = followedReplicas >= 0 && followedReplicas != replicas;
    followedReplicas = replicas;
    return isMoved;
  }

  /**
   * Sees the target, once a round, so that what its HPA may remember is known.
   *
   * @param standing in which nothing is seen unless it may steer
   */
  void watch(Standing standing, Instant now) {
    if (!(standing instanceof Standing.Steers steers)) {
      unwatched();
      return;
    }
    if (watchedReplicas < 0) {
      past = HpaPast.from(now);
    } else if (watchedReplicas != steers.replicas()) {
      past = past.with(new HpaState.Change(now, steers.replicas() - watchedReplicas));
    }
    watchedReplicas = steers.replicas();
  }

  /** Changes may have been missed: what is seen from now on counts. */
  void unwatched() {
    watchedReplicas = -1;
  }

  /** What an HPA may remember of the target. */
  HpaPast past() {
    return past;
  }

  /** A write has failed: none until then. Answers whether the reason is another than before. */
  boolean holdWrites(long untilNanos, String reason) {
    writesFromNanos = untilNanos;
    boolean isNews = !reason.equals(lastFailure);
    lastFailure = reason;
    return isNews;
  }

  boolean mayWrite(long nowNanos) {
    return lastFailure.isEmpty() || nowNanos - writesFromNanos >= 0;
  }

  /** A write has succeeded. */
  void written() {
    lastFailure = "";
  }

  boolean isWriting() {
    return write != null;
  }

  void writing(Write next) {
    write = next;
  }

  /** The write that has ended since the last call, or null. */
  @Nullable Write takeWritten() {
    Write done = write;
    if (done == null || done.outcome().get() == null) {
      return null;
    }
    write = null;
    return done;
  }
}
