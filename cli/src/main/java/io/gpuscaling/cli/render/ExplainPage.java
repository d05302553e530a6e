package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.DecisionTables.GateRow;
import io.gpuscaling.cli.render.DecisionTables.Input;
import io.gpuscaling.cli.render.Page.Tone;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Draws the newest evaluation of a policy: {@code scalingpolicies/NAME/explain}. */
final class ExplainPage {

  private final Page page;
  private final Instant now;

  ExplainPage(Page page, Instant now) {
    this.page = page;
    this.now = now;
  }

  /**
   * Draws it.
   *
   * @param explanation of the adapter
   * @param autoscalers those of the namespace that were given with it
   */
  void draw(Doc explanation, List<Doc> autoscalers) {
    Doc evaluation =
        explanation.at("/evaluation").isThere()
            ? explanation.at("/evaluation")
            : explanation.at("/status/decision");
    page.line("ScalingPolicy " + explanation.name(), Tone.STRONG);
    refused(explanation);
    page.pair("decision", phased(evaluation), PolicyPage.tone(evaluation.text("/phase")));
    target(explanation);
    served(explanation.at("/served"));
    page.pair("evaluated", Spans.ago(evaluation.moment("/time"), now));
    page.pair("window", evaluation.text("/window"));
    if (evaluation.isThere()) {
      var tables = new DecisionTables(page);
      tables.inputs(rules(evaluation));
      tables.gates(gates(evaluation));
      tables.clamp(evaluation);
    }
    autoscaler(explanation, autoscalers);
    followed(explanation.at("/status/actions"));
  }

  private static String phased(Doc evaluation) {
    String phase = evaluation.text("/phase");
    return phase.isEmpty() ? "" : phase + ": " + evaluation.text("/message");
  }

  private void refused(Doc explanation) {
    Doc refused = explanation.at("/refused");
    if (refused.isThere()) {
      page.pair("not ready", refused.text("/reason") + ": " + refused.text("/message"), Tone.BAD);
    }
  }

  private void target(Doc explanation) {
    Doc target = explanation.at("/target");
    if (target.isThere()) {
      page.pair(
          "target",
          target.text("/kind")
              + " "
              + target.text("/name")
              + ", "
              + target.text("/replicas")
              + " replicas");
    }
  }

  private void served(Doc served) {
    if (served.whole("/replicas").isPresent()) {
      page.pair(
          "served",
          served.text("/message").isEmpty()
              ? served.text("/replicas") + " replicas"
              : served.text("/message"));
    } else {
      page.pair(
          "served",
          served.text("/message").isEmpty() ? "" : "nothing: " + served.text("/message"),
          Tone.BAD);
    }
  }

  private static List<Input> rules(Doc evaluation) {
    Optional<Instant> at = evaluation.moment("/time");
    return evaluation.list("/rules").stream()
        .map(rule ->
            new Input(
                rule.text("/name"),
                value(rule),
                Spans.between(rule.moment("/observedAt"), at),
                rule.text("/source"),
                rule.text("/missing"),
                rule.text("/message")))
        .toList();
  }

  private static String value(Doc rule) {
    return switch (rule.text("/exactness")) {
          case "estimate" -> "about ";
          case "lowerBound" -> "at least ";
          case "upperBound" -> "at most ";
          default -> "";
        }
        + rule.text("/value");
  }

  private static List<GateRow> gates(Doc evaluation) {
    return evaluation.list("/gates").stream()
        .map(gate -> {
          String verdict = gate.text("/verdict");
          boolean isQuiet = verdict.equals("passed") || verdict.equals("notAsked");
          return new GateRow(
              gate.text("/gate"),
              verdict,
              DecisionTables.replicas(gate),
              DecisionTables.left(gate),
              gate.text("/reason"),
              isQuiet ? "" : gate.text("/message"));
        })
        .toList();
  }

  private void autoscaler(Doc explanation, List<Doc> autoscalers) {
    Doc target = explanation.at("/target");
    List<Doc> following =
        autoscalers.stream()
            .filter(it ->
                it.text("/spec/scaleTargetRef/kind").equals(target.text("/kind"))
                    && it.text("/spec/scaleTargetRef/name").equals(target.text("/name")))
            .toList();
    for (Doc hpa : following) {
      page.pair(
          "HPA",
          hpa.text("/metadata/name")
              + ": "
              + HpaOutlook.ofPolicy(
                  hpa, target.whole("/replicas"), explanation.at("/served"), now));
    }
    if (following.isEmpty() && !autoscalers.isEmpty() && target.isThere()) {
      page.pair(
          "HPA",
          "none scales "
              + target.text("/kind")
              + " "
              + target.text("/name")
              + ": print one with gpuscaling generate",
          Tone.BAD);
    }
  }

  private void followed(Doc actions) {
    Doc pending = actions.at("/pending");
    if (pending.isThere()) {
      page.pair(
          "waits",
          pending.text("/from")
              + " → "
              + pending.text("/to")
              + ", decided "
              + Spans.ago(pending.moment("/decidedAt"), now)
              + (pending.isTrue("/hasBegun") ? ": the target is on its way" : ": not followed yet"),
          Tone.CAREFUL);
    }
    List<Doc> changes = actions.list("/changes");
    if (!changes.isEmpty()) {
      Doc newest = changes.getLast();
      page.pair(
          "followed",
          newest.text("/from")
              + " → "
              + newest.text("/to")
              + " at "
              + Spans.ago(newest.moment("/at"), now));
    }
  }

  /** So many, or a dash. */
  static String shown(OptionalInt number) {
    return number.isPresent() ? String.valueOf(number.getAsInt()) : "-";
  }
}
