package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** The tables of a decision, of now and of the past alike. */
final class DecisionTables {

  private final Page page;

  DecisionTables(Page page) {
    this.page = page;
  }

  /**
   * What a rule had seen.
   *
   * @param value as it is shown; empty when there is none
   * @param age as it is shown
   * @param missing why there is no value; empty when there is one
   * @param message what the rule found; empty when nobody knows any more
   */
  record Input(
      String name, String value, String age, String source, String missing, String message) {}

  /**
   * What a gate did.
   *
   * @param replicas before and after; empty when nobody knows any more
   * @param left as it is shown
   * @param message the same as a sentence; empty when it only passed or was not asked
   */
  record GateRow(
      String gate, String verdict, String replicas, String left, String reason, String message) {}

  void inputs(List<Input> inputs) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Input input : inputs) {
      boolean isMissing = !input.missing().isEmpty();
      rows.add(
          List.of(
              Cell.of(input.name()),
              isMissing ? new Cell("none", Tone.BAD) : Cell.of(input.value()),
              Cell.of(input.age()),
              Cell.of(isMissing ? input.missing() : input.source())));
    }
    page.gap();
    page.table(List.of("INPUT", "VALUE", "AGE", "SOURCE"), rows);
    page.gap();
    for (Input input : inputs) {
      if (!input.message().isEmpty()) {
        page.indented("- ", input.message(), Tone.PLAIN);
      }
    }
  }

  void gates(List<GateRow> gates) {
    List<List<Cell>> rows = new ArrayList<>();
    for (GateRow gate : gates) {
      rows.add(
          List.of(
              Cell.of(gate.gate()),
              new Cell(gate.verdict(), tone(gate.verdict())),
              Cell.of(gate.replicas()),
              Cell.of(gate.left()),
              Cell.of(gate.reason())));
    }
    page.gap();
    page.table(List.of("GATE", "DID", "REPLICAS", "LEFT", "REASON"), rows);
    page.gap();
    for (GateRow gate : gates) {
      if (!gate.message().isEmpty()) {
        page.indented("- ", gate.message(), Tone.PLAIN);
      }
    }
  }

  /** The bounds that held, and what came of it. */
  void clamp(Doc decision) {
    page.gap();
    page.pair(
        "bounds",
        decision.text("/minReplicas")
            + " to "
            + decision.text("/maxReplicas")
            + " replicas, the schedule and the pool's quota included");
    page.pair(
        "result",
        decision.text("/currentReplicas")
            + " → "
            + decision.text("/desiredReplicas")
            + (decision.isTrue("/shadow") ? ", shown only: the policy is in shadow" : ""));
  }

  /** Such as {@code 6 → 4}. */
  static String replicas(Doc gate) {
    return gate.text("/before") + " → " + gate.text("/after");
  }

  /** Such as {@code 285s}; empty where it is not known. */
  static String left(Doc gate) {
    OptionalInt left = gate.whole("/secondsLeft");
    return left.isPresent() ? left.getAsInt() + "s" : "";
  }

  private static Tone tone(String verdict) {
    return switch (verdict) {
      case "closed" -> Tone.BAD;
      case "limited", "decided" -> Tone.CAREFUL;
      case "notAsked" -> Tone.FAINT;
      default -> Tone.GOOD;
    };
  }
}
