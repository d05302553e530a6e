package io.gpuscaling.adapter.api.selector;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A field selector over {@code metadata.name} and {@code metadata.namespace}, with {@code =},
 * {@code ==} and {@code !=}; every term must hold.
 *
 * @param terms empty selects everything
 */
public record FieldSelector(List<Term> terms) {

  /** Selects everything. */
  public static final FieldSelector EVERYTHING = new FieldSelector(List.of());

  /** Most terms of one selector. */
  public static final int MAX_TERMS = 16;

  private static final String NAME = "metadata.name";
  private static final String NAMESPACE = "metadata.namespace";

  /** Copies the terms. */
  public FieldSelector {
    terms = List.copyOf(terms);
  }

  /**
   * One condition.
   *
   * @param field {@code metadata.name} or {@code metadata.namespace}
   * @param isNegated whether the field must differ from the value
   * @param value what it is compared with
   */
  public record Term(String field, boolean isNegated, String value) {}

  /** What parsing came to. */
  public sealed interface Parsed {

    /** A selector. */
    record Valid(FieldSelector selector) implements Parsed {}

    /**
     * No selector.
     *
     * @param message what is wrong with the text, for the caller
     */
    record Invalid(String message) implements Parsed {}
  }

  /** Reads a selector; empty text gives {@link #EVERYTHING}. */
  public static Parsed parse(String text) {
    if (text.isEmpty()) {
      return new Parsed.Valid(EVERYTHING);
    }
    String[] parts = text.split(",", MAX_TERMS + 1);
    if (parts.length > MAX_TERMS) {
      return new Parsed.Invalid("more than " + MAX_TERMS + " field selector terms");
    }
    var terms = new ArrayList<Term>();
    for (String part : parts) {
      if (part.isEmpty()) {
        continue;
      }
      int equals = part.indexOf('=');
      if (equals < 1) {
        return new Parsed.Invalid(
            "invalid selector: '" + SyntaxError.shown(part) + "'; can't understand it");
      }
      boolean negated = part.charAt(equals - 1) == '!';
      boolean doubled = !negated && part.startsWith("==", equals);
      String field = part.substring(0, negated ? equals - 1 : equals);
      if (!field.equals(NAME) && !field.equals(NAMESPACE)) {
        return new Parsed.Invalid(
            '"'
                + SyntaxError.shown(field)
                + "\" is not a known field selector: only \"metadata.name\","
                + " \"metadata.namespace\"");
      }
      terms.add(new Term(field, negated, part.substring(equals + (doubled ? 2 : 1))));
    }
    return new Parsed.Valid(new FieldSelector(terms));
  }

  /** The one name that the selector asks for, if it does. */
  public Optional<String> requiredName() {
    return terms.stream()
        .filter(term -> term.field().equals(NAME) && !term.isNegated())
        .map(Term::value)
        .findFirst();
  }

  /** Whether an object of that name and namespace is selected. */
  public boolean matches(String name, String namespace) {
    return terms.stream()
        .allMatch(term ->
            term.value().equals(term.field().equals(NAME) ? name : namespace) != term.isNegated());
  }
}
