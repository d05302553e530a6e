package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import java.util.ArrayList;
import java.util.List;

/** Draws who ought to contribute to a value, and who does: those who do not first. */
final class ContributorTable {

  private static final int MAX_ROWS = 20;

  private final Page page;

  ContributorTable(Page page) {
    this.page = page;
  }

  void draw(Doc list) {
    int expected = list.whole("/expected").orElse(0);
    int missing = list.whole("/missing").orElse(0);
    if (expected == 0) {
      page.pair("expected", "nobody: none of the exporters has to tell of it");
      return;
    }
    page.pair(
        "expected",
        expected
            + " to contribute, "
            + (missing == 0 ? "and all do" : missing + " of them missing"),
        missing == 0 ? Tone.PLAIN : Tone.BAD);
    List<Doc> contributors = list.list("/contributors");
    List<List<Cell>> rows = new ArrayList<>();
    for (Doc it : contributors.subList(0, Math.min(MAX_ROWS, contributors.size()))) {
      String why = it.text("/missing");
      rows.add(
          List.of(
              Cell.of(it.text("/kind") + " " + it.text("/name")),
              why.isEmpty() ? Cell.of(it.text("/value")) : new Cell("missing", Tone.BAD),
              Cell.of(Spans.seconds(it.whole("/ageSeconds"))),
              Cell.of(it.text("/source") + (why.isEmpty() ? "" : ": " + why))));
    }
    page.table(List.of("CONTRIBUTOR", "VALUE", "AGE", "SOURCE"), rows);
    if (expected > rows.size()) {
      page.line((expected - rows.size()) + " more", Tone.FAINT);
    }
  }
}
