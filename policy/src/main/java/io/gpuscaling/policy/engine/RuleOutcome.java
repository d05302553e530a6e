package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import java.util.OptionalInt;

/**
 * One rule at one evaluation.
 *
 * @param rule which
 * @param response its thresholds now; a schedule window may have replaced its own
 * @param observation what it was told
 * @param finding what follows
 * @param breachingUp so many of the last N data points breach the up threshold
 * @param breachingDown so many breach the down threshold
 * @param proposal replicas that it asks for or agrees to, before any gate, if it does either
 */
public record RuleOutcome(
    Rule rule,
    Response response,
    Observation observation,
    Finding finding,
    int breachingUp,
    int breachingDown,
    OptionalInt proposal) {

  /** Whether the rule can lower the replicas now, and must therefore agree before others do. */
  public boolean canLower() {
    return rule.effect() == Rule.Effect.SCALE && response.canLower();
  }
}
