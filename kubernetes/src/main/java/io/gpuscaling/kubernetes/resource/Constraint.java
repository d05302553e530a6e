package io.gpuscaling.kubernetes.resource;

import java.util.Optional;
import java.util.function.Function;

/**
 * What the fields of a structure must be to each other.
 *
 * @param field of the structure that is named in the complaint; empty for the structure itself
 * @param cel the same check for the API server, in CEL; empty where CEL cannot know or may not cost
 *     so much
 * @param message what must hold, as the end of a sentence about the field
 * @param complaint what is wrong with these values beyond the message, if anything is; a field that
 *     is missing or faulty by itself is no matter of a constraint
 */
public record Constraint(
    String field,
    Optional<String> cel,
    String message,
    Function<Values, Optional<String>> complaint) {

  /** The complaint that needs no figures. */
  private static final Optional<String> PLAIN = Optional.of("");

  /** A check that the API server makes too. */
  public static Constraint of(
      String field, String cel, String message, Function<Values, Boolean> holds) {
    return new Constraint(
        field, Optional.of(cel), message, values -> holds.apply(values) ? Optional.empty() : PLAIN);
  }

  /** A check that only we can make. */
  public static Constraint ofReader(
      String field, String message, Function<Values, Optional<String>> complaint) {
    return new Constraint(field, Optional.empty(), message, complaint);
  }

  void check(Values values, String path, Problems problems) {
    complaint
        .apply(values)
        .ifPresent(detail -> {
          String at = field.isEmpty() ? path : path + "." + field;
          String sentence = detail.isEmpty() ? message : message + ": " + detail;
          values
              .shown(field)
              .ifPresentOrElse(
                  value -> problems.add(Problem.of(at, value, sentence)),
                  () -> problems.add(Problem.of(at, sentence)));
        });
  }
}
