package io.gpuscaling.cli.render;

import java.util.ArrayList;
import java.util.List;

/** Text of at most 80 columns, with colours or without. For one drawing, by one thread. */
public final class Page {

  /** The width of the narrowest terminal that people use. */
  public static final int COLUMNS = 80;

  private static final int LABEL_COLUMNS = 10;
  private static final int GAP = 2;

  /** More than the longest word that we write into a cell that does not wrap. */
  private static final int MAX_CELL = 20;

  private static final String RESET = "\u001b[0m";

  /** How a text is meant: colours by their numbers in ECMA-48. */
  public enum Tone {
    PLAIN(""),
    STRONG("\u001b[1m"),
    GOOD("\u001b[32m"),
    CAREFUL("\u001b[33m"),
    BAD("\u001b[31m"),
    FAINT("\u001b[2m");

    private final String code;

    Tone(String code) {
      this.code = code;
    }
  }

  /** One cell of a table. */
  record Cell(String text, Tone tone) {
    static Cell of(String text) {
      return new Cell(text, Tone.PLAIN);
    }
  }

  private final boolean isColoured;
  private final StringBuilder text = new StringBuilder();

  /**
   * An empty page.
   *
   * @param isColoured whether it is for a terminal that shows colours
   */
  public Page(boolean isColoured) {
    this.isColoured = isColoured;
  }

  /** What was drawn, each line ended. */
  public String text() {
    return text.toString();
  }

  /** A line of its own, wrapped. */
  void line(String words, Tone tone) {
    indented("", words, tone);
  }

  /** A blank line, unless the page is empty. */
  void gap() {
    if (!text.isEmpty()) {
      text.append('\n');
    }
  }

  /** A label and what belongs to it; nothing when that is empty. */
  void pair(String label, String words, Tone tone) {
    if (!words.isEmpty()) {
      indented(padded(label, LABEL_COLUMNS) + " ".repeat(GAP), words, tone);
    }
  }

  /** A label and plain words. */
  void pair(String label, String words) {
    pair(label, words, Tone.PLAIN);
  }

  /** Words behind a first text that later lines leave free. */
  void indented(String first, String words, Tone tone) {
    String lead = first;
    for (String line : wrapped(words, COLUMNS - first.length())) {
      text.append((lead + painted(line, tone)).stripTrailing()).append('\n');
      lead = " ".repeat(first.length());
    }
  }

  /**
   * Rows below their heads. The last column wraps and has two fifths of the page at least; the
   * others are as wide as they must be, but for the first, which is cut where there is no room.
   */
  void table(List<String> heads, List<List<Cell>> rows) {
    int[] widths = new int[heads.size() - 1];
    int left = COLUMNS * 3 / 5;
    for (int i = widths.length - 1; i >= 0; i--) {
      int column = i;
      int widest =
          rows.stream().mapToInt(row -> clean(row.get(column).text()).length()).max().orElse(0);
      int least = heads.get(i).length();
      int most = i == 0 ? left : Math.min(left, MAX_CELL);
      widths[i] = Math.max(least, Math.min(widest, most));
      left -= widths[i] + GAP;
    }
    row(heads.stream().map(it -> new Cell(it, Tone.FAINT)).toList(), widths);
    rows.forEach(row -> row(row, widths));
  }

  private void row(List<Cell> cells, int[] widths) {
    StringBuilder lead = new StringBuilder();
    int columns = 0;
    for (int i = 0; i < widths.length; i++) {
      String shown = padded(cut(clean(cells.get(i).text()), widths[i]), widths[i]);
      lead.append(painted(shown, cells.get(i).tone())).append(" ".repeat(GAP));
      columns += widths[i] + GAP;
    }
    String first = lead.toString();
    Cell rest = cells.getLast();
    for (String line : wrapped(rest.text(), COLUMNS - columns)) {
      text.append((first + painted(line, rest.tone())).stripTrailing()).append('\n');
      first = " ".repeat(columns);
    }
  }

  private String painted(String words, Tone tone) {
    return isColoured && tone != Tone.PLAIN && !words.isBlank() ? tone.code + words + RESET : words;
  }

  private static String padded(String words, int columns) {
    return words.length() >= columns ? words : words + " ".repeat(columns - words.length());
  }

  private static String cut(String words, int columns) {
    return words.length() <= columns ? words : words.substring(0, columns - 1) + "…";
  }

  /** What others wrote must not steer the terminal. */
  private static String clean(String words) {
    return words
        .codePoints()
        .map(it -> Character.isISOControl(it) ? ' ' : it)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static List<String> wrapped(String words, int columns) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : clean(words).split(" ", -1)) {
      String rest = word;
      if (!line.isEmpty() && line.length() + 1 + rest.length() > columns) {
        lines.add(line.toString());
        line.setLength(0);
      }
      while (line.isEmpty() && rest.length() > columns) {
        lines.add(rest.substring(0, columns));
        rest = rest.substring(columns);
      }
      line.append(line.isEmpty() ? "" : " ").append(rest);
    }
    lines.add(line.toString());
    return lines;
  }
}
