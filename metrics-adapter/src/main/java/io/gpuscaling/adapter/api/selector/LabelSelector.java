package io.gpuscaling.adapter.api.selector;

import io.gpuscaling.core.metric.Labels;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A label selector: every requirement must hold. Requirements are kept in canonical order, so that
 * selectors that say the same in another order are equal. {@code toString} is the canonical text.
 *
 * @param requirements sorted by key, then by text; empty matches everything
 */
public record LabelSelector(List<Requirement> requirements) {

  /** Before EVERYTHING, whose constructor uses it. */
  private static final Comparator<Requirement> CANONICAL =
      Comparator.comparing(Requirement::key).thenComparing(Requirement::toString);

  /** Matches everything. */
  public static final LabelSelector EVERYTHING = new LabelSelector(List.of());

  /** Longest text that is parsed, in characters. */
  public static final int MAX_TEXT_LENGTH = 16 * 1024;

  /** Most requirements of one selector. */
  public static final int MAX_REQUIREMENTS = 256;

  /** Copies and sorts. */
  public LabelSelector {
    requirements = requirements.stream().sorted(CANONICAL).toList();
  }

  /** What parsing came to. */
  public sealed interface Parsed {

    /** A selector. */
    record Valid(LabelSelector selector) implements Parsed {}

    /**
     * No selector.
     *
     * @param message what is wrong with the text, for the caller
     */
    record Invalid(String message) implements Parsed {}
  }

  /** Reads a selector by the grammar of Kubernetes; blank text gives {@link #EVERYTHING}. */
  public static Parsed parse(String text) {
    return LabelSelectorParser.parse(text);
  }

  /** Whether a thing with these labels is selected. */
  public boolean matches(LabelLookup labels) {
    for (Requirement requirement : requirements) {
      if (!requirement.matches(labels.get(requirement.key()))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a series with these labels is selected. */
  public boolean matches(Labels labels) {
    return matches(labels::get);
  }

  /** Whether an object with these labels is selected. */
  public boolean matches(Map<String, String> labels) {
    return matches(labels::get);
  }

  /** Whether it selects everything. */
  public boolean isEverything() {
    return requirements.isEmpty();
  }

  @Override
  public String toString() {
    return requirements.stream().map(Requirement::toString).collect(Collectors.joining(","));
  }
}
