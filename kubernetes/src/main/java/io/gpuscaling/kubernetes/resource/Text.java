package io.gpuscaling.kubernetes.resource;

import io.gpuscaling.core.config.NearestName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A text.
 *
 * @param maxChars its longest form
 * @param words the only texts that are allowed; any when empty
 * @param pattern what the whole text must match, in syntax that Java and the API server (RE2)
 *     share; anything when empty
 * @param allowed what is allowed, in words
 * @param fault what is wrong with a text, as the end of the sentence "it ...", beyond what a
 *     pattern can say
 * @param cel the same as {@code fault} for the API server, where it can
 */
public record Text(
    int maxChars,
    List<String> words,
    Optional<Pattern> pattern,
    String allowed,
    Function<String, Optional<String>> fault,
    Optional<String> cel)
    implements Shape {

  /** Any text that is not empty. */
  public static Text any(int maxChars, String allowed) {
    return new Text(
        maxChars, List.of(), Optional.empty(), allowed, _ -> Optional.empty(), Optional.empty());
  }

  /** One of some words. */
  public static Text oneOf(String... words) {
    return new Text(
        MAX_TEXT_CHARS,
        List.of(words),
        Optional.empty(),
        String.join(", ", words),
        _ -> Optional.empty(),
        Optional.empty());
  }

  /** A text of a form. */
  public static Text matching(int maxChars, String pattern, String allowed) {
    return new Text(
        maxChars,
        List.of(),
        Optional.of(Pattern.compile(pattern)),
        allowed,
        _ -> Optional.empty(),
        Optional.empty());
  }

  /** With a further check. */
  public Text checked(Function<String, Optional<String>> further) {
    return new Text(maxChars, words, pattern, allowed, further, cel);
  }

  /** With the same check for the API server. */
  public Text withCel(String rule) {
    return new Text(maxChars, words, pattern, allowed, fault, Optional.of(rule));
  }

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "string");
    if (!words.isEmpty()) {
      schema.put("enum", words);
      return schema;
    }
    schema.put("minLength", 1);
    schema.put("maxLength", maxChars);
    pattern.ifPresent(it -> schema.put("pattern", it.pattern()));
    cel.ifPresent(rule ->
        schema.put(
            "x-kubernetes-validations", List.of(Constraints.rule(rule, "must be " + allowed))));
    return schema;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    if (!(raw instanceof String text)) {
      problems.add(
          Problem.of(path, raw, "must be a text (write it in quotes); allowed: " + allowed));
      return Optional.empty();
    }
    Optional<String> why = why(text);
    why.ifPresent(it -> problems.add(Problem.of(path, text, it)));
    return why.isEmpty() ? Optional.of(text) : Optional.empty();
  }

  private Optional<String> why(String text) {
    if (!words.isEmpty()) {
      return words.contains(text)
          ? Optional.empty()
          : Optional.of("is unknown; allowed: " + allowed + NearestName.hint(text, words));
    }
    if (text.isEmpty()) {
      return Optional.of("is empty; allowed: " + allowed);
    }
    if (text.codePointCount(0, text.length()) > maxChars) {
      return Optional.of("is longer than " + maxChars + " characters");
    }
    if (pattern.isPresent() && !pattern.get().matcher(text).find()) {
      return Optional.of("must be " + allowed);
    }
    return fault.apply(text);
  }
}
