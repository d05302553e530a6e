package io.gpuscaling.adapter.api.selector;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The grammar of label selectors written a second time, by regular expressions, to compare with.
 */
record SlowSelector(List<Predicate<Map<String, String>>> requirements) {

  private static final String S = "[ \\t\\r\\n]*";
  private static final String NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
  private static final String LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
  private static final String KEY = "((?:" + LABEL + "(?:\\." + LABEL + ")*/)?" + NAME + ")";
  private static final String VALUE = "(" + NAME + ")?";
  private static final String LIST = S + VALUE + S + "(?:," + S + VALUE + S + ")*";

  private static final Pattern EXISTS = Pattern.compile(S + "(!?)" + S + KEY + S);
  private static final Pattern COMPARED =
      Pattern.compile(S + KEY + S + "(==|=|!=)" + S + VALUE + S);
  private static final Pattern ORDERED =
      Pattern.compile(S + KEY + S + "([<>])" + S + "([0-9]+)" + S);
  private static final Pattern SET =
      Pattern.compile(S + KEY + "[ \\t\\r\\n]+(in|notin)" + S + "\\((" + LIST + ")\\)" + S);
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  /** Null for a text that is no selector. */
  static @Nullable SlowSelector parse(String text) {
    var requirements = new ArrayList<Predicate<Map<String, String>>>();
    if (text.length() > LabelSelector.MAX_TEXT_LENGTH) {
      return null;
    }
    if (text.matches(S)) {
      return new SlowSelector(requirements);
    }
    for (String piece : text.split(",(?![^()]*\\))", -1)) {
      Predicate<Map<String, String>> requirement = requirement(piece);
      if (requirement == null || requirements.size() == LabelSelector.MAX_REQUIREMENTS) {
        return null;
      }
      requirements.add(requirement);
    }
    return new SlowSelector(requirements);
  }

  boolean matches(Map<String, String> labels) {
    return requirements.stream().allMatch(requirement -> requirement.test(labels));
  }

  private static @Nullable Predicate<Map<String, String>> requirement(String piece) {
    Matcher m = EXISTS.matcher(piece);
    if (m.matches() && isKey(m.group(2))) {
      String key = m.group(2);
      boolean wanted = m.group(1).isEmpty();
      return labels -> labels.containsKey(key) == wanted;
    }
    m = COMPARED.matcher(piece);
    if (m.matches() && isKey(m.group(1))) {
      String key = m.group(1);
      String value = m.group(3) == null ? "" : m.group(3);
      boolean wanted = !m.group(2).equals("!=");
      return labels -> value.equals(labels.get(key)) == wanted;
    }
    m = ORDERED.matcher(piece);
    if (m.matches() && isKey(m.group(1)) && m.group(3).length() <= 63) {
      return ordered(m.group(1), m.group(2).equals(">"), new BigInteger(m.group(3)));
    }
    m = SET.matcher(piece);
    if (m.matches() && isKey(m.group(1))) {
      String key = m.group(1);
      boolean wanted = m.group(2).equals("in");
      Set<String> values = new HashSet<>();
      Arrays.stream(m.group(3).split(",", -1)).map(String::strip).forEach(values::add);
      return labels -> (labels.containsKey(key) && values.contains(labels.get(key))) == wanted;
    }
    return null;
  }

  private static @Nullable Predicate<Map<String, String>> ordered(
      String key, boolean isGreater, BigInteger bound) {
    if (bound.compareTo(MAX) > 0) {
      return null;
    }
    return labels -> {
      String label = labels.get(key);
      if (label == null || !label.matches("[+-]?[0-9]+")) {
        return false;
      }
      int order = new BigInteger(label).compareTo(bound);
      return isGreater ? order > 0 : order < 0;
    };
  }

  private static boolean isKey(String key) {
    return key.indexOf('/') <= 253;
  }
}
