package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.hpa.HpaPast;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.state.Pending;
import java.time.Instant;
import java.util.Optional;

/**
 * What an HPA is told of a policy. Made of the status as it is written and of the target as it is,
 * so that every replica tells the same, and nobody a decision that is not written yet.
 */
sealed interface ServedNumber {

  /** So many replicas. */
  record Replicas(int replicas) implements ServedNumber {}

  /**
   * Another value, by which an HPA with a tolerance gets to, or keeps, the replicas.
   *
   * @param replicas that are wanted
   * @param milli what is served, in thousandths
   * @param sentence why
   */
  record Instead(int replicas, long milli, String sentence) implements ServedNumber {}

  /**
   * None for now, since whatever an HPA with a tolerance were told it might do something else.
   *
   * @param replicas that are wanted
   * @param sentence why
   */
  record Withheld(int replicas, String sentence) implements ServedNumber {}

  /**
   * None: the HPA holds.
   *
   * @param sentence why
   */
  record None(String sentence) implements ServedNumber {}

  /**
   * Of one policy now.
   *
   * @param past what its HPA may remember, if that has a tolerance
   * @param now by the wall clock, for the deadline of a pending decision
   */
  static ServedNumber of(PolicyObject object, Standing standing, HpaPast past, Instant now) {
    return switch (standing) {
      case Refused(_, String message, _) -> new None("it is not ready: " + message);
      case Steers steers -> {
        String state = object.status().state();
        if (state.isEmpty() || state.equals(RecordedStatus.NOT_READY)) {
          yield new None("it has not been evaluated yet");
        }
        if (state.equals(Phase.UNKNOWN.word())) {
          yield new None("none of its rules has had a data point in its window");
        }
        int wanted = wanted(object, steers, now);
        yield ToldInstead.of(steers, wanted, past, now)
            .map(ToldInstead::number)
            .orElseGet(() -> new Replicas(wanted));
      }
    };
  }

  private static int wanted(PolicyObject object, Steers steers, Instant now) {
    Policy policy = steers.policy();
    int replicas = steers.replicas();
    return policy.isShadow()
        ? replicas
        : object
            .status()
            .actions()
            .pending()
            .flatMap(it -> wanted(it, policy, replicas, now))
            .orElse(replicas);
  }

  /** A decision holds until the target is there, somebody else moves it, or time is over. */
  private static Optional<Integer> wanted(
      Pending pending, Policy policy, int replicas, Instant now) {
    boolean isOnTheWay =
        replicas >= Math.min(pending.from(), pending.to())
            && replicas <= Math.max(pending.from(), pending.to());
    return isOnTheWay && now.isBefore(pending.decidedAt().plus(policy.applyDeadline()))
        ? Optional.of(pending.to())
        : Optional.empty();
  }
}
