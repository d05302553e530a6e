package io.gpuscaling.core.exposition;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SeriesKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads pages as the format is described, slowly: what {@link ExpositionReader} must agree with.
 */
final class ObviousReader {

  private static final Pattern SAMPLE =
      Pattern.compile(
          "(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*"
              + "(?<set>\\{(?<labels>(?:[^\"}]++|\"(?:[^\"\\\\]++|\\\\.)*+\")*+)\\})?"
              + "(?<rest>.*)",
          Pattern.DOTALL);
  private static final Pattern LABEL =
      Pattern.compile(
          "([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*\"((?:[^\"\\\\]|\\\\.)*)\"[ \t]*(,|$)[ \t]*",
          Pattern.DOTALL);
  private static final Pattern HEADER =
      Pattern.compile("#[ \t]+(?<word>HELP|TYPE)(?<rest>[ \t].*)?", Pattern.DOTALL);
  private static final Pattern HEADER_NAME =
      Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*([ \t]+(?<text>.*))?", Pattern.DOTALL);
  private static final Set<String> TYPES =
      Set.of("counter", "gauge", "histogram", "summary", "untyped");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");
  private static final Pattern TIME = Pattern.compile("-?[0-9]{1,18}");

  private final Map<SkipReason, Integer> skipped = new EnumMap<>(SkipReason.class);
  private final Set<SeriesKey> seen = new HashSet<>();
  private final List<ExpositionSample> samples = new ArrayList<>();
  private int nonFinite;
  private int duplicates;
  private boolean cut;

  /** What a page says: its sample lines alone. */
  record Said(
      List<ExpositionSample> samples,
      Map<SkipReason, Integer> skipped,
      int nonFinite,
      int duplicates,
      boolean cut) {}

  static Said read(byte[] page) {
    var reader = new ObviousReader();
    String text = new String(page, StandardCharsets.ISO_8859_1);
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      reader.line(text.substring(start, end < 0 ? text.length() : end), end < 0);
      start = end < 0 ? text.length() : end + 1;
    }
    return new Said(
        reader.samples, reader.skipped, reader.nonFinite, reader.duplicates, reader.cut);
  }

  private void line(String whole, boolean unterminated) {
    String line = whole.endsWith("\r") ? whole.substring(0, whole.length() - 1) : whole;
    line = line.replaceFirst("^[ \t]+", "");
    if (line.isEmpty()) {
      return;
    }
    if (unterminated && !line.equals("# EOF")) {
      cut = true;
      skip(SkipReason.UNTERMINATED);
    } else if (line.startsWith("#")) {
      header(line);
    } else {
      sample(line);
    }
  }

  private void header(String line) {
    Matcher m = HEADER.matcher(line);
    if (!m.matches()) {
      return;
    }
    String rest = (m.group("rest") == null ? "" : m.group("rest")).replaceFirst("^[ \t]+", "");
    Matcher name = HEADER_NAME.matcher(rest);
    if (!name.matches()) {
      skip(SkipReason.BAD_HEADER);
    } else if (m.group("word").equals("HELP")) {
      if (utf8(name.group("text") == null ? "" : name.group("text")) == null) {
        skip(SkipReason.BAD_UTF8);
      }
    } else if (!TYPES.contains((name.group("text") == null ? "" : name.group("text")).strip())) {
      skip(SkipReason.BAD_HEADER);
    }
  }

  private void sample(String line) {
    Matcher m = SAMPLE.matcher(line);
    if (!m.matches()) {
      skip(SkipReason.BAD_NAME);
      return;
    }
    String rest = m.group("rest");
    if (m.group("set") == null && rest.startsWith("{")) {
      skip(SkipReason.BAD_LABELS);
      return;
    }
    String[] words = rest.replaceFirst("^[ \t]+", "").split("[ \t]+", 2);
    Double value = value(words[0]);
    if (value == null) {
      skip(SkipReason.BAD_VALUE);
      return;
    }
    long time = ExpositionSample.NO_TIMESTAMP;
    String timeText = words.length < 2 ? "" : words[1].replaceFirst("[ \t]+$", "");
    if (!timeText.isEmpty()) {
      if (!TIME.matcher(timeText).matches()) {
        skip(SkipReason.BAD_TIMESTAMP);
        return;
      }
      time = Long.parseLong(timeText);
    }
    var labels = new HashMap<String, String>();
    String text = m.group("labels") == null ? "" : m.group("labels").replaceFirst("^[ \t]+", "");
    SkipReason bad = labels(text, labels);
    if (bad != null) {
      skip(bad);
    } else if (!Double.isFinite(value)) {
      nonFinite++;
    } else {
      var key = new SeriesKey(m.group("name"), Labels.of(labels));
      if (seen.add(key)) {
        samples.add(new ExpositionSample(key, value, time));
      } else {
        duplicates++;
      }
    }
  }

  /** The first fault from the left, as one meets it while reading. */
  private static @Nullable SkipReason labels(String text, Map<String, String> labels) {
    int from = 0;
    Matcher m = LABEL.matcher(text);
    while (from < text.length()) {
      // A fault within a label is met before the comma behind it is.
      Matcher head =
          Pattern.compile(
                  "([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*\"((?:[^\"\\\\]|\\\\.)*)\"", Pattern.DOTALL)
              .matcher(text);
      if (!head.find(from) || head.start() != from) {
        return SkipReason.BAD_LABELS;
      }
      String value = unescaped(head.group(2));
      String decoded = utf8(value);
      if (decoded == null) {
        return SkipReason.BAD_UTF8;
      }
      if (labels.put(head.group(1), decoded) != null) {
        return SkipReason.DUPLICATE_LABEL;
      }
      if (!m.find(from) || m.start() != from) {
        return SkipReason.BAD_LABELS;
      }
      from = m.end();
    }
    return null;
  }

  private static String unescaped(String text) {
    var out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length() && "\\n\"".indexOf(text.charAt(i + 1)) >= 0) {
        i++;
        out.append(text.charAt(i) == 'n' ? '\n' : text.charAt(i));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static @Nullable String utf8(String bytes) {
    byte[] raw = bytes.getBytes(StandardCharsets.ISO_8859_1);
    String text = new String(raw, StandardCharsets.UTF_8);
    return Arrays.equals(text.getBytes(StandardCharsets.UTF_8), raw) ? text : null;
  }

  private static @Nullable Double value(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "nan" -> Double.NaN;
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> NUMBER.matcher(word).matches() ? finite(Double.parseDouble(word)) : null;
    };
  }

  private static @Nullable Double finite(double number) {
    return Double.isInfinite(number) ? null : Double.valueOf(number);
  }

  private void skip(SkipReason reason) {
    skipped.merge(reason, 1, Integer::sum);
  }
}
