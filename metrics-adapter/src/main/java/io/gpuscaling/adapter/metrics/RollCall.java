package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.Contribution;
import io.gpuscaling.adapter.api.Contribution.Kind;
import io.gpuscaling.adapter.api.Contributions;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Takes down who ought to contribute to one answer, and who does, while that answer is made: so
 * both follow from the same snapshot and the same rules. For one request on one thread.
 */
class RollCall {

  /** Nobody listens: an answer costs nothing more. */
  static final RollCall NONE =
      new RollCall() {
        @Override
        boolean isTaken() {
          return false;
        }

        @Override
        void given(Kind kind, String name, String source, long ageNanos, OptionalDouble value) {}

        @Override
        void absent(Kind kind, String name, String source, String why) {}
      };

  /** So many of each kind are named; the others are counted. */
  static final int MAX_NAMED = 1000;

  private final List<Contribution> given = new ArrayList<>();
  private final List<Contribution> absent = new ArrayList<>();
  private int givenCount;
  private int absentCount;

  /** Whether anybody listens. */
  boolean isTaken() {
    return true;
  }

  /** Somebody contributes. */
  void given(Kind kind, String name, String source, long ageNanos, OptionalDouble value) {
    givenCount++;
    if (given.size() < MAX_NAMED) {
      given.add(new Contribution.Given(kind, name, source, Duration.ofNanos(ageNanos), value));
    }
  }

  /** Somebody does not. */
  void absent(Kind kind, String name, String source, String why) {
    absentCount++;
    if (absent.size() < MAX_NAMED) {
      absent.add(new Contribution.Absent(kind, name, source, why));
    }
  }

  /** All of them, and what came of the question. */
  final Contributions of(QueryResult<?> result) {
    Optional<QueryFailure> failure =
        switch (result) {
          case QueryResult.Items<?> _ -> Optional.empty();
          case QueryResult.Failed<?>(QueryFailure why) -> Optional.of(why);
        };
    List<Contribution> named = new ArrayList<>(absent);
    named.addAll(given);
    return new Contributions(failure, givenCount + absentCount, absentCount, named);
  }
}
