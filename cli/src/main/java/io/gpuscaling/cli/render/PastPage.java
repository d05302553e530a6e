package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    Optional<Instant> next = Optional.empty();
    for (Doc entry : history) {
      Optional<Instant> time = entry.moment("/time");
      if (time.isPresent() && !time.get().isAfter(instant)) {
        page.pair(
            "decision",
            entry.text("/phase") + ": " + entry.text("/message"),
            PolicyPage.tone(entry.text("/phase")));
        page.pair("since", time.get().toString());
        page.pair("until", next.map(Instant::toString).orElse("now"));
        page.pair("inputs", entry.text("/inputs"));
        page.pair("gates", entry.text("/gates"));
        return;
      }
      next = time;
    }
    kept(history, instant);
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
