package io.gpuscaling.demo.story;

import java.util.ArrayList;
import java.util.List;

/** Text in lines of at most 80 columns. Pure. */
final class Wrapping {

  private static final int WIDTH = 80;

  private Wrapping() {}

  /** Words in lines; one that is longer than a line stands alone. */
  static List<String> wrap(String firstIndent, String indent, String text) {
    List<String> lines = new ArrayList<>();
    var line = new StringBuilder(firstIndent);
    boolean isEmpty = true;
    for (String word : text.split(" ", -1)) {
      if (!isEmpty && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder(indent);
        isEmpty = true;
      }
      line.append(isEmpty ? "" : " ").append(word);
      isEmpty = false;
    }
    lines.add(line.toString());
    return lines;
  }
}
