package io.gpuscaling.kubernetes.policy;

import static io.gpuscaling.kubernetes.resource.Field.optional;
import static io.gpuscaling.kubernetes.resource.Field.required;

import io.gpuscaling.kubernetes.resource.Items;
import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.kubernetes.resource.Structure;
import io.gpuscaling.kubernetes.resource.Text;
import io.gpuscaling.kubernetes.resource.Truth;
import io.gpuscaling.kubernetes.resource.Whole;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.state.Actions;

/** The fields of {@code status}: what is kept of a policy, and what it says. */
final class StatusFields {

  private static final int ANY = Integer.MAX_VALUE;

  static final int MAX_MESSAGE_CHARS = 1024;
  static final int MAX_NUMBER_CHARS = 32;
  static final int MAX_SOURCE_CHARS = 253;
  private static final int MAX_CONDITION_CHARS = 8192;
  private static final int MAX_CONDITIONS = 16;
  private static final int MAX_GATES = 32;

  /** Of decisions that are kept: what earlier versions wrote must stay valid. */
  private static final int MAX_PAST_CHARS = 256;

  private static final int MAX_OLD_INPUTS = 400;

  private static final Text WORD = Text.any(63, "a word");
  private static final Text SENTENCE = Text.any(MAX_MESSAGE_CHARS, "a sentence");
  private static final Whole REPLICAS = new Whole(0, ANY);

  static final Structure CONDITION =
      Structure.of(
          required("type", WORD, "What the condition is about, in CamelCase."),
          required("status", Text.oneOf("True", "False", "Unknown"), "Whether it holds."),
          optional(
              "observedGeneration", new Whole(0, ANY), "Generation of the spec it was found for."),
          required("lastTransitionTime", new Moment(), "Since when it is so."),
          required("reason", WORD, "Why, in one word."),
          required(
              "message",
              Text.any(MAX_CONDITION_CHARS, "sentences"),
              "Why, and what to change, for people."));

  private static final Structure PENDING =
      Structure.of(
          required("decidedAt", new Moment(), "When it was decided."),
          required("from", REPLICAS, "Replicas then, or those seen last on the way."),
          required("to", REPLICAS, "Replicas wanted."),
          required("hasBegun", new Truth(), "Whether the target was seen on its way."),
          required(
              "isRest", new Truth(), "Whether it is the rest of a step that the rate has cut."));

  private static final Structure CHANGE =
      Structure.of(
          required("at", new Moment(), "When the target was seen to follow."),
          required("from", REPLICAS, "Replicas before."),
          required("to", REPLICAS, "Replicas after."),
          required(
              "continues", new Truth(), "Whether it is the rest of an action that had begun."));

  private static final Structure PAUSE =
      Structure.of(
          required("since", new Moment(), "When the breaker tripped."),
          required("until", new Moment(), "When it closes by itself."),
          required(
              "cause",
              Text.oneOf("TooManyActions", "TooManyDirectionChanges"),
              "What was too much."));

  static final Structure ACTIONS =
      Structure.of(
          optional("pending", PENDING, "The decision that the target has not followed yet."),
          optional(
              "rest", REPLICAS, "Where a step that the rate has cut wants to get, in replicas."),
          optional(
              "changes",
              Items.of(CHANGE, 0, Actions.MAX_CHANGES),
              "What the target did, oldest first, as far as cooldowns, rates and the runaway"
                  + " protection ask for it."),
          optional("pause", PAUSE, "Set while the runaway protection pauses the policy."),
          optional(
              "countedFrom",
              new Moment(),
              "What was before does not count for the runaway protection."));

  private static final Structure OVERRIDE =
      Structure.of(
          required("order", WORD, "What a person has ordered: the annotation's value."),
          required("since", new Moment(), "When it was first seen."),
          required("until", new Moment(), "When it ends."));

  private static final Structure RULE =
      Structure.of(
          required("name", WORD, "Name of the rule."),
          required("metric", Text.any(253, "a name"), "Name of its metric."),
          required("finding", WORD, "What the rule says: up, down, within, notFresh or unknown."),
          optional("value", Text.any(MAX_NUMBER_CHARS, "a number"), "The newest value."),
          optional("observedAt", new Moment(), "When that was true."),
          optional("source", Text.any(MAX_SOURCE_CHARS, "a source"), "Where the value comes from."),
          optional("exactness", WORD, "exact, estimate, lowerBound or upperBound."),
          optional("missing", SENTENCE, "Why there is no value."),
          required("breachingUp", REPLICAS, "So many of the last N evaluations breach scaleUp."),
          required(
              "breachingDown", REPLICAS, "So many of the last N evaluations breach scaleDown."),
          optional("proposal", REPLICAS, "Replicas that the rule asks for."),
          required("message", SENTENCE, "The same as a sentence."));

  private static final Structure GATE =
      Structure.of(
          required("gate", WORD, "Name of the gate."),
          required("verdict", WORD, "What it did: passed, limited, closed, decided or notAsked."),
          required("reason", WORD, "Why, in one word."),
          optional("secondsLeft", REPLICAS, "How long it stays like this at least."),
          required("before", REPLICAS, "Replicas proposed to the gate."),
          required("after", REPLICAS, "Replicas that it let through."),
          required("message", SENTENCE, "The same as a sentence."));

  static final Structure DECISION =
      Structure.of(
          required("time", new Moment(), "When it was evaluated."),
          required("currentReplicas", REPLICAS, "Replicas of the target then."),
          required("desiredReplicas", REPLICAS, "Replicas after all gates."),
          required("action", Text.oneOf("up", "down", "none"), "The direction."),
          required("phase", WORD, "The policy in one word."),
          required("reason", WORD, "Why, in one word."),
          required("message", SENTENCE, "Why, as a sentence."),
          optional("rule", WORD, "The rule that asked."),
          optional("window", WORD, "The schedule window that held."),
          required("minReplicas", REPLICAS, "The least that held."),
          required("maxReplicas", REPLICAS, "The most that held, the pool's quota included."),
          required("shadow", new Truth(), "Whether it was shown only."),
          required("rules", Items.of(RULE, 0, Rules.MAX), "What each rule found."),
          required("gates", Items.of(GATE, 0, MAX_GATES), "What each gate did, in their order."));

  private static final Structure PAST_RULE =
      Structure.of(
          required("name", WORD, "Name of the rule."),
          optional("value", Text.any(MAX_NUMBER_CHARS, "a number"), "The newest value then."),
          optional("ageSeconds", REPLICAS, "How old it was."),
          optional("source", Text.any(PastDecision.MAX_SOURCE, "a source"), "Where it came from."),
          optional(
              "missing", Text.any(PastDecision.MAX_SOURCE, "a clause"), "Why there was no value."),
          optional("proposal", REPLICAS, "Replicas that the rule asked for."),
          optional("message", SENTENCE, "What the rule found, as a sentence, where it fitted in."));

  private static final Structure PAST_VERDICT =
      Structure.of(
          required("gate", WORD, "Name of the gate."),
          required("verdict", WORD, "What it did: limited, closed or decided."),
          required("reason", WORD, "Why, in one word."),
          optional("secondsLeft", REPLICAS, "How long it stayed like this at least."),
          required("before", REPLICAS, "Replicas proposed to the gate."),
          required("after", REPLICAS, "Replicas that it let through."));

  /** Of a decision that changed something, so much that a person knows what happened and why. */
  private static final Structure PAST =
      Structure.of(
          required("time", new Moment(), "When it was evaluated."),
          required("currentReplicas", REPLICAS, "Replicas of the target then."),
          required("desiredReplicas", REPLICAS, "Replicas after all gates."),
          required("phase", WORD, "The policy in one word."),
          required("reason", WORD, "Why, in one word."),
          required("message", Text.any(MAX_PAST_CHARS, "a sentence"), "Why, as a sentence."),
          optional("minReplicas", REPLICAS, "The least that held."),
          optional("maxReplicas", REPLICAS, "The most that held, the pool's quota included."),
          optional("rules", Items.of(PAST_RULE, 0, Rules.MAX), "What its rules had seen."),
          optional("rulesLeftOut", REPLICAS, "Rules for which there was no room."),
          optional(
              "verdicts",
              Items.of(PAST_VERDICT, 0, MAX_GATES),
              "The gates that did more than pass."),
          optional("verdictsLeftOut", REPLICAS, "Such gates for which there was no room."),
          optional(
              "passed",
              Text.any(MAX_PAST_CHARS, "names"),
              "The gates that passed; those in neither list were not asked."),
          optional(
              "inputs",
              Text.any(MAX_OLD_INPUTS, "sentences"),
              "Of adapters before 0.1.0: what its rules had seen, in place of rules."),
          optional(
              "gates",
              Text.any(MAX_PAST_CHARS, "sentences"),
              "Of adapters before 0.1.0: the gates that did more than pass, in place of"
                  + " verdicts."));

  static final Structure LEVEL =
      Structure.of(
          required(
              "level",
              new Whole(0, DegradationState.MAX_LEVEL),
              "0: not at all; each step degrades background work, then normal, then critical."),
          optional("changedAt", new Moment(), "When the level changed last."),
          optional(
              "pressedSince", new Moment(), "Since when the policy cannot do what its rules ask."),
          optional("calmSince", new Moment(), "Since when it can."));

  private StatusFields() {}

  static Structure policyStatus() {
    return Structure.of(
        optional(
            "observedGeneration", new Whole(0, ANY), "Generation of the spec that was read last."),
        optional("currentReplicas", REPLICAS, "Replicas of the target when it last changed."),
        optional("desiredReplicas", REPLICAS, "Replicas that the policy wants."),
        optional("state", WORD, "The policy in one word: Steady, ScalingUp, Held, Paused, ..."),
        optional(
            "conditions",
            Items.keyed(CONDITION, 0, MAX_CONDITIONS, "type"),
            "Ready: whether the policy can steer. Followed: whether an HPA can do what it decides."
                + " ScalingLimited, Degraded, Paused and Shadow."),
        optional(
            "actions",
            ACTIONS,
            "What cooldowns, rates and the runaway protection remember, in absolute times; whoever"
                + " takes over goes on from here."),
        optional("decision", DECISION, "The newest decision that changed something, explained."),
        optional(
            "history",
            Items.of(PAST, 0, DecisionTree.MAX_HISTORY),
            "The newest decisions that changed the replicas wanted or the state, newest first."),
        optional("override", OVERRIDE, "What a person has ordered, and until when."),
        optional("degradation", LEVEL, "The level of degradation."));
  }

  static Structure poolStatus() {
    return Structure.of(
        optional(
            "observedGeneration", new Whole(0, ANY), "Generation of the spec that was read last."),
        optional("size", REPLICAS, "GPUs that the pool has now."),
        optional("used", REPLICAS, "GPUs that pods there request, pending decisions included."),
        optional(
            "conditions",
            Items.keyed(CONDITION, 0, MAX_CONDITIONS, "type"),
            "Ready: whether the pool can be what it says."));
  }
}
