package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.DecisionTables.GateRow;
import io.gpuscaling.cli.render.DecisionTables.Input;
import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import io.gpuscaling.kubernetes.policy.DecisionTree;
import io.gpuscaling.policy.engine.Gate;
import io.gpuscaling.policy.engine.GateOutcome;
import io.gpuscaling.policy.engine.Reason;
import io.gpuscaling.policy.explain.Sentences;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Draws the decisions of a policy that are kept: the newest 20 that changed something. */
final class PastPage {

  private final Page page;

  PastPage(Page page) {
    this.page = page;
  }

  /**
   * Those since an instant, oldest first.
   *
   * @param policy a policy or its explanation
   */
  void since(Doc policy, Instant from) {
    List<Doc> history = policy.list("/status/history");
    List<List<Cell>> rows = new ArrayList<>();
    for (Doc entry : history.reversed()) {
      if (entry.moment("/time").filter(it -> !it.isBefore(from)).isPresent()) {
        rows.add(
            List.of(
                Cell.of(seconds(entry)),
                new Cell(entry.text("/phase"), PolicyPage.tone(entry.text("/phase"))),
                Cell.of(entry.text("/message"))));
      }
    }
    page.line("ScalingPolicy " + policy.name() + " since " + from, Tone.STRONG);
    if (rows.isEmpty()) {
      page.line("nothing changed since then", Tone.PLAIN);
    } else {
      page.table(List.of("TIME", "STATE", "WHY"), rows);
    }
    kept(history, from);
  }

  /**
   * What held at an instant, and until when.
   *
   * @param policy a policy or its explanation
   */
  void at(Doc policy, Instant instant) {
    List<Doc> history = policy.list("/status/history");
    page.line("ScalingPolicy " + policy.name() + " at " + instant, Tone.STRONG);
    Optional<Doc> next = Optional.empty();
    for (Doc entry : history) {
      Optional<Instant> time = entry.moment("/time");
      if (time.isPresent() && !time.get().isAfter(instant)) {
        decision(policy, entry, time.get(), next);
        return;
      }
      next = Optional.of(entry);
    }
    kept(history, instant);
  }

  private void decision(Doc policy, Doc entry, Instant time, Optional<Doc> next) {
    page.pair(
        "decision",
        entry.text("/phase") + ": " + entry.text("/message"),
        PolicyPage.tone(entry.text("/phase")));
    page.pair("since", time.toString());
    page.pair("until", next.map(it -> it.text("/time")).orElse("now"));
    // What adapters before 0.1.0 have written.
    page.pair("inputs", entry.text("/inputs"));
    page.pair("gates", entry.text("/gates"));
    var tables = new DecisionTables(page);
    if (!entry.list("/rules").isEmpty()) {
      tables.inputs(entry.list("/rules").stream().map(PastPage::input).toList());
      leftOut(entry.whole("/rulesLeftOut"), "input");
    }
    if (!entry.list("/verdicts").isEmpty() || !entry.text("/passed").isEmpty()) {
      tables.gates(gates(entry));
      leftOut(entry.whole("/verdictsLeftOut"), "gate");
    }
    if (entry.whole("/maxReplicas").isPresent()) {
      tables.clamp(entry);
      page.pair(
          "HPA",
          "what it made of it is seen by what the target did; its own reasons are not kept:"
              + " kubectl describe hpa shows the newest");
    }
    followed(policy, entry, time, next);
  }

  private void leftOut(OptionalInt count, String what) {
    if (count.orElse(0) > 0) {
      page.line(
          count.getAsInt() + " more " + what + "(s), for which there was no room", Tone.FAINT);
    }
  }

  private static Input input(Doc rule) {
    OptionalInt proposal = rule.whole("/proposal");
    String message = rule.text("/message");
    if (message.isEmpty() && proposal.isPresent()) {
      message = rule.text("/name") + " proposed " + proposal.getAsInt();
    }
    return new Input(
        rule.text("/name"),
        rule.text("/value"),
        Spans.seconds(rule.whole("/ageSeconds")),
        rule.text("/source"),
        rule.text("/missing"),
        message);
  }

  /** All gates in their order: those that passed are kept by name, those not asked not at all. */
  private static List<GateRow> gates(Doc entry) {
    Map<String, Doc> verdicts = new HashMap<>();
    entry.list("/verdicts").forEach(it -> verdicts.put(it.text("/gate"), it));
    Set<String> passed = Set.copyOf(Arrays.asList(entry.text("/passed").split(",", -1)));
    boolean isWhole = entry.whole("/verdictsLeftOut").orElse(0) == 0;
    List<GateRow> rows = new ArrayList<>();
    for (Gate gate : Gate.values()) {
      Doc kept = verdicts.get(gate.word());
      if (kept != null) {
        rows.add(
            new GateRow(
                gate.word(),
                kept.text("/verdict"),
                DecisionTables.replicas(kept),
                DecisionTables.left(kept),
                kept.text("/reason"),
                sentence(gate, kept)));
      } else if (passed.contains(gate.word())) {
        rows.add(new GateRow(gate.word(), "passed", "", "", Reason.PASSED.word(), ""));
      } else if (isWhole) {
        rows.add(new GateRow(gate.word(), "notAsked", "", "", Reason.NOT_ASKED.word(), ""));
      }
    }
    return rows;
  }

  /** In the words in which it was said then; empty for words of another version. */
  private static String sentence(Gate gate, Doc kept) {
    Optional<GateOutcome.Verdict> verdict =
        Arrays.stream(GateOutcome.Verdict.values())
            .filter(it -> DecisionTree.word(it).equals(kept.text("/verdict")))
            .findFirst();
    Optional<Reason> reason =
        Arrays.stream(Reason.values())
            .filter(it -> it.word().equals(kept.text("/reason")))
            .findFirst();
    if (verdict.isEmpty() || reason.isEmpty()) {
      return "";
    }
    OptionalInt left = kept.whole("/secondsLeft");
    return Sentences.of(
        new GateOutcome(
            gate,
            verdict.get(),
            reason.get(),
            kept.whole("/before").orElse(0),
            kept.whole("/after").orElse(0),
            left.isPresent()
                ? Optional.of(Duration.ofSeconds(left.getAsInt()))
                : Optional.empty()));
  }

  /**
   * What became of it: by the changes that the policy still remembers, else by the next decision.
   */
  private void followed(Doc policy, Doc entry, Instant time, Optional<Doc> next) {
    String wanted = entry.text("/desiredReplicas");
    if (wanted.equals(entry.text("/currentReplicas"))) {
      return;
    }
    Optional<Instant> end = next.flatMap(it -> it.moment("/time"));
    Optional<Instant> reached =
        policy.list("/status/actions/changes").stream()
            .filter(it -> it.text("/to").equals(wanted))
            .map(it -> it.moment("/at"))
            .flatMap(Optional::stream)
            .filter(at -> !at.isBefore(time) && (end.isEmpty() || !at.isAfter(end.get())))
            .findFirst();
    if (reached.isPresent()) {
      page.pair(
          "followed",
          "had "
              + wanted
              + " replicas at "
              + reached.get()
              + ", "
              + Spans.between(Optional.of(time), reached)
              + " after");
    } else if (next.isPresent()) {
      String had = next.get().text("/currentReplicas");
      page.pair(
          had.equals(wanted) ? "followed" : "had",
          had + " replicas at the next decision that changed something",
          had.equals(wanted) ? Tone.PLAIN : Tone.CAREFUL);
    } else {
      page.pair(
          "waits", "the target has not been seen at " + wanted + " replicas yet", Tone.CAREFUL);
    }
  }

  /** How far back it is known. */
  private void kept(List<Doc> history, Instant asked) {
    Optional<Instant> oldest =
        history.isEmpty() ? Optional.empty() : history.getLast().moment("/time");
    if (oldest.isEmpty()) {
      page.line("no decision is kept", Tone.CAREFUL);
    } else if (oldest.get().isAfter(asked)) {
      page.line(
          "the oldest decision that is kept is of "
              + oldest.get()
              + " (the newest "
              + history.size()
              + " are kept)",
          Tone.CAREFUL);
    }
  }

  private static String seconds(Doc entry) {
    return entry.text("/time").replaceFirst("\\.\\d+Z$", "Z");
  }
}
