package io.gpuscaling.adapter.api.request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One clause of an Accept header.
 *
 * @param type in lower case, with its subtype: {@code application/json}
 * @param parameters names in lower case to values, without quality
 * @param quality 0 to 1
 */
record MediaRange(String type, Map<String, String> parameters, double quality) {

  /** Most clauses that are looked at. */
  static final int MAX_CLAUSES = 32;

  /** The clauses of a header, the most wanted first; absent or blank means anything. */
  static List<MediaRange> parse(String accept) {
    if (accept.isBlank()) {
      return List.of(new MediaRange("*/*", Map.of(), 1));
    }
    var ranges = new ArrayList<MediaRange>();
    String[] clauses = accept.split(",", MAX_CLAUSES + 1);
    // What comes behind the last one is not cut into clauses.
    for (int i = 0; i < Math.min(clauses.length, MAX_CLAUSES); i++) {
      if (!clauses[i].isBlank()) {
        MediaRange range = parseClause(clauses[i]);
        if (range.quality > 0) {
          ranges.add(range);
        }
      }
    }
    ranges.sort(Comparator.comparing(MediaRange::quality, Comparator.reverseOrder()));
    return ranges;
  }

  /** Whether JSON fits, parameters apart. */
  boolean takesJson() {
    return type.equals("application/json") || type.equals("application/*") || type.equals("*/*");
  }

  /** Whether it asks for a transformed kind of the answer: a Table, aggregated discovery. */
  boolean isTransformed() {
    return parameters.containsKey("as")
        || parameters.containsKey("g")
        || parameters.containsKey("v");
  }

  /** Whether it asks for the answer as this kind. */
  boolean asks(String group, String version, String kind) {
    return group.equals(parameters.get("g"))
        && version.equals(parameters.get("v"))
        && kind.equals(parameters.get("as"));
  }

  private static MediaRange parseClause(String clause) {
    List<String> pieces = List.of(clause.split(";", -1));
    var parameters = new HashMap<String, String>();
    double quality = 1;
    for (String piece : pieces.subList(1, pieces.size())) {
      int equals = piece.indexOf('=');
      String name = (equals < 0 ? piece : piece.substring(0, equals)).strip();
      String value = equals < 0 ? "" : piece.substring(equals + 1).strip();
      if (name.equalsIgnoreCase("q")) {
        quality = quality(value);
      } else if (!name.isEmpty()) {
        parameters.put(name.toLowerCase(Locale.ROOT), value);
      }
    }
    return new MediaRange(pieces.getFirst().strip().toLowerCase(Locale.ROOT), parameters, quality);
  }

  private static double quality(String text) {
    try {
      double quality = Double.parseDouble(text);
      return quality >= 0 && quality <= 1 ? quality : 1;
    } catch (NumberFormatException e) {
      return 1;
    }
  }
}
