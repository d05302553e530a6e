package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.Fallback;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the rules say together: up if any asks for it, the largest proposal first; down only if
 * every rule with a down threshold agrees, by the smallest step.
 *
 * @param rules each for itself
 * @param asks for more replicas, empty unless the verdict is up
 * @param proposal replicas before any gate; the current ones when nothing is asked for
 * @param reason of the proposal
 * @param leading the rule that made it, if one did
 * @param isUnknown whether no rule that scales knows anything
 * @param isUpForbidden whether a degrade rule forbids adding
 * @param isDegraded whether a degrade rule is breached
 */
record RuleVerdict(
    List<RuleOutcome> rules,
    List<Ask> asks,
    int proposal,
    Reason reason,
    Optional<String> leading,
    boolean isUnknown,
    boolean isUpForbidden,
    boolean isDegraded) {

  /** A rule asks for so many replicas, and waits for its own cooldown if it has one. */
  record Ask(String rule, int replicas, Optional<Cooldown> cooldown) {}

  static RuleVerdict of(List<RuleOutcome> rules, int current, Fallback fallback) {
    Tally tally = new Tally();
    for (RuleOutcome outcome : rules) {
      tally.add(outcome);
    }
    if (!tally.asks.isEmpty()) {
      Ask largest = tally.asks.getFirst();
      for (Ask ask : tally.asks) {
        largest = ask.replicas() > largest.replicas() ? ask : largest;
      }
      return tally.verdict(
          rules, largest.replicas(), Reason.RULE_BREACHED, Optional.of(largest.rule()), false);
    }
    if (tally.unknown > 0
        && fallback instanceof Fallback.AtLeast(int replicas)
        && replicas > current) {
      tally.asks.add(new Ask("fallback", replicas, Optional.empty()));
      return tally.verdict(rules, replicas, Reason.FALLBACK, Optional.empty(), false);
    }
    if (tally.mustAgree > 0 && tally.agreeing == tally.mustAgree) {
      return tally.verdict(rules, tally.lowest, Reason.RULES_AGREE, tally.lowering, false);
    }
    return tally.verdict(
        rules,
        current,
        tally.holdReason(),
        Optional.empty(),
        tally.isUnknown() && !(fallback instanceof Fallback.AtLeast));
  }

  /** Counts findings, rule by rule. */
  private static final class Tally {
    private final List<Ask> asks = new ArrayList<>(2);
    private boolean isUpForbidden;
    private boolean isDegraded;
    private int scaling;
    private int unknown;
    private int mustAgree;
    private int agreeing;
    private int notFresh;
    private int unknownThatMustAgree;
    private int lowest;
    private Optional<String> lowering = Optional.empty();

    void add(RuleOutcome outcome) {
      Rule rule = outcome.rule();
      switch (rule.effect()) {
        case SCALE -> addScaling(outcome);
        case DEGRADE -> isDegraded |= outcome.finding() == Finding.UP;
        case DEGRADE_AND_FORBID_UP -> {
          isDegraded |= outcome.finding() == Finding.UP;
          isUpForbidden |= outcome.finding() == Finding.UP;
        }
      }
    }

    private void addScaling(RuleOutcome outcome) {
      Rule rule = outcome.rule();
      int lowerer = outcome.canLower() ? 1 : 0;
      scaling++;
      mustAgree += lowerer;
      switch (outcome.finding()) {
        case UP ->
            asks.add(new Ask(rule.name(), outcome.proposal().orElseThrow(), rule.cooldown()));
        case DOWN -> {
          agreeing++;
          int proposed = outcome.proposal().orElseThrow();
          if (lowering.isEmpty() || proposed > lowest) {
            lowest = proposed;
            lowering = Optional.of(rule.name());
          }
        }
        case NOT_FRESH -> notFresh++;
        case UNKNOWN -> {
          unknown++;
          unknownThatMustAgree += lowerer;
        }
        case WITHIN -> {
          // Neither asks nor agrees.
        }
      }
    }

    boolean isUnknown() {
      return scaling > 0 && unknown == scaling;
    }

    Reason holdReason() {
      if (isUnknown()) {
        return Reason.ALL_UNKNOWN;
      }
      if (mustAgree > 0 && agreeing + notFresh + unknownThatMustAgree == mustAgree) {
        return unknownThatMustAgree > 0 ? Reason.RULE_UNKNOWN : Reason.NOT_FRESH;
      }
      return Reason.WITHIN_BAND;
    }

    RuleVerdict verdict(
        List<RuleOutcome> rules,
        int proposal,
        Reason reason,
        Optional<String> leading,
        boolean isNothingKnown) {
      return new RuleVerdict(
          rules, asks, proposal, reason, leading, isNothingKnown, isUpForbidden, isDegraded);
    }
  }

  /** Whether a rule asks for more than so many. */
  boolean asksBeyond(int maxReplicas) {
    return asks.stream().anyMatch(ask -> ask.replicas() > maxReplicas);
  }

  /** The longest wait of those rules that must agree before replicas are removed. */
  Duration downCooldown(Policy policy) {
    Duration longest = Duration.ZERO;
    for (RuleOutcome outcome : rules) {
      if (outcome.canLower()) {
        Duration own = outcome.rule().cooldown().orElse(policy.cooldown()).down();
        longest = own.compareTo(longest) > 0 ? own : longest;
      }
    }
    return longest;
  }
}
