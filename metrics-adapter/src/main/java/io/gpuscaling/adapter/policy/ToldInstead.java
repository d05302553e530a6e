package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Scale;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.hpa.HpaInput;
import io.gpuscaling.policy.hpa.HpaPast;
import io.gpuscaling.policy.hpa.Replicas;
import io.gpuscaling.policy.hpa.ToleranceFallback;
import java.time.Instant;
import java.util.Optional;

/**
 * What an HPA with a tolerance is told instead of the number that is wanted.
 *
 * @param wanted so many replicas
 * @param input what is told
 */
record ToldInstead(int wanted, HpaInput input) {

  /**
   * Of a policy now; empty where the HPA does every step, where there is none, and where its metric
   * is not understood: then it is told the number.
   */
  static Optional<ToldInstead> of(Steers steers, int wanted, HpaPast past, Instant now) {
    Optional<Scale> scale = steers.target().scale();
    return scale.flatMap(seen ->
        steers
            .autoscaler()
            .flatMap(Autoscaler::loose)
            .map(it ->
                new ToldInstead(
                    wanted,
                    ToleranceFallback.of(
                        it.rules(),
                        new Replicas(seen.wanted(), seen.observed(), seen.observed()),
                        wanted,
                        past.with(it.lastScaleTime()),
                        now))));
  }

  /** As it is served. */
  ServedNumber number() {
    return switch (input) {
      case HpaInput.Value(_, HpaInput.Manner manner) when manner == HpaInput.Manner.PLAIN ->
          new ServedNumber.Replicas(wanted);
      case HpaInput.Value(long milli, _) -> new ServedNumber.Instead(wanted, milli, sentence());
      case HpaInput.Unsettled _, HpaInput.WaitingForPeriod _, HpaInput.StepWithinTolerance _ ->
          new ServedNumber.Withheld(wanted, sentence());
    };
  }

  /** For people, the same everywhere. */
  String sentence() {
    return Sentences.of(input, wanted);
  }
}
