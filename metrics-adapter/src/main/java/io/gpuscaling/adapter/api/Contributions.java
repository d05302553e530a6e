package io.gpuscaling.adapter.api;

import java.util.List;
import java.util.Optional;

/**
 * Who ought to contribute to the answer to one question, and who does. For people who ask why: no
 * sum is ever made of it.
 *
 * @param failure why the question has no answer, if it has none
 * @param expected how many ought to contribute
 * @param absent how many of them do not
 * @param named those who do not first, as many as there is room for
 */
public record Contributions(
    Optional<QueryFailure> failure, int expected, int absent, List<Contribution> named) {

  /** Copies the list. */
  public Contributions {
    named = List.copyOf(named);
  }

  /** Nobody is expected. */
  public static Contributions nobody(Optional<QueryFailure> failure) {
    return new Contributions(failure, 0, 0, List.of());
  }
}
