package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Draws ScalingPolicies by what their status says. */
final class PolicyPage {

  private final Page page;
  private final Instant now;

  PolicyPage(Page page, Instant now) {
    this.page = page;
    this.now = now;
  }

  /** One policy. */
  void draw(Doc policy) {
    Doc status = policy.at("/status");
    String state = status.text("/state");
    page.line("ScalingPolicy " + policy.name(), Tone.STRONG);
    page.pair(
        "state",
        state.isEmpty()
            ? "not evaluated yet"
            : state + (message(policy).isEmpty() ? "" : ": " + message(policy)),
        tone(state));
    page.pair(
        "target",
        policy.text("/spec/scaleTargetRef/kind")
            + " "
            + policy.text("/spec/scaleTargetRef/name")
            + ", "
            + ExplainPage.shown(status.whole("/currentReplicas"))
            + " replicas, wants "
            + ExplainPage.shown(status.whole("/desiredReplicas")));
    page.pair(
        "bounds",
        policy.text("/spec/minReplicas") + " to " + policy.text("/spec/maxReplicas") + " replicas");
    orders(policy);
    if (status.isThere()) {
      conditions(status);
    }
  }

  private void orders(Doc policy) {
    Doc override = policy.at("/status/override");
    if (override.isThere()) {
      page.pair(
          "by hand",
          override.text("/order")
              + " since "
              + override.text("/since")
              + ", ends "
              + Spans.ago(override.moment("/until"), now)
              + "; kubectl gpuscaling resume "
              + policy.text("/metadata/name")
              + " ends it now",
          Tone.CAREFUL);
    }
    Doc pause = policy.at("/status/actions/pause");
    if (pause.isThere()) {
      page.pair(
          "paused",
          pause.text("/cause") + ", goes on " + Spans.ago(pause.moment("/until"), now),
          Tone.CAREFUL);
    }
    Doc level = policy.at("/status/degradation");
    if (level.isThere()) {
      page.pair("degraded", "level " + level.text("/level"), Tone.CAREFUL);
    }
  }

  private void conditions(Doc status) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Doc condition : status.list("/conditions")) {
      rows.add(
          List.of(
              Cell.of(condition.text("/type")),
              Cell.of(condition.text("/status")),
              Cell.of(Spans.between(condition.moment("/lastTransitionTime"), Optional.of(now))),
              Cell.of(condition.text("/reason") + ": " + condition.text("/message"))));
    }
    page.gap();
    page.table(List.of("CONDITION", "IS", "FOR", "WHY"), rows);
  }

  /** Several, one line or more for each. */
  void list(List<Doc> policies) {
    if (policies.isEmpty()) {
      page.line("no ScalingPolicy", Tone.PLAIN);
      return;
    }
    List<List<Cell>> rows = new ArrayList<>();
    for (Doc policy : policies) {
      String state = policy.text("/status/state");
      rows.add(
          List.of(
              Cell.of(policy.name()),
              new Cell(state.isEmpty() ? "-" : state, tone(state)),
              Cell.of(ExplainPage.shown(policy.at("/status").whole("/currentReplicas"))),
              Cell.of(ExplainPage.shown(policy.at("/status").whole("/desiredReplicas"))),
              Cell.of(message(policy))));
    }
    page.table(List.of("POLICY", "STATE", "NOW", "WANTS", "WHY"), rows);
  }

  /** The newest decision's sentence, or why there is none. */
  private static String message(Doc policy) {
    String message = policy.text("/status/decision/message");
    if (!message.isEmpty()) {
      return message;
    }
    return policy.list("/status/conditions").stream()
        .filter(it -> it.text("/type").equals("Ready"))
        .map(it -> it.text("/message"))
        .findFirst()
        .orElse("");
  }

  /** Of a policy's state, in one word. */
  static Tone tone(String state) {
    return switch (state) {
      case "Steady", "ScalingUp", "ScalingDown" -> Tone.GOOD;
      case "Held", "Paused", "Overridden" -> Tone.CAREFUL;
      case "" -> Tone.PLAIN;
      default -> Tone.BAD;
    };
  }
}
