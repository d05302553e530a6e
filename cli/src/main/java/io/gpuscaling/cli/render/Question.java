package io.gpuscaling.cli.render;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A metric that was asked for, and what came of it.
 *
 * @param metric its name
 * @param index its place in the HPA, for questions of one; else empty
 * @param answer the list of values, if there was one
 * @param contributors who ought to contribute, if it was asked for
 * @param failure why there were no values
 */
record Question(
    String metric, String index, Optional<Doc> answer, Optional<Doc> contributors, String failure) {

  /** The kind of the object that comes before an answer, and says what was asked. */
  static final String KIND = "MetricQuestion";

  private static final String CONTRIBUTORS = "MetricContributors";

  /** Whether a kind is that of an answer. */
  static boolean isAnswer(String kind) {
    return kind.equals("MetricValueList") || kind.equals("ExternalMetricValueList");
  }

  /** Each question with the answers that follow it; an answer nobody asked for is left out. */
  static List<Question> of(List<Doc> docs) {
    List<Question> questions = new ArrayList<>();
    for (Doc doc : docs) {
      if (doc.kind().equals(KIND)) {
        questions.add(
            new Question(
                doc.text("/metric"),
                doc.text("/index"),
                Optional.empty(),
                Optional.empty(),
                doc.text("/message")));
      } else if (isAnswer(doc.kind()) && !questions.isEmpty()) {
        Question asked = questions.removeLast();
        // Who asks another server for contributors gets values once more: the first ones count.
        questions.add(
            asked.answer().isPresent() || !asked.failure().isEmpty() ? asked : asked.told(doc));
      } else if (doc.kind().equals(CONTRIBUTORS) && !questions.isEmpty()) {
        questions.add(questions.removeLast().calledUp(doc));
      }
    }
    return questions;
  }

  private Question told(Doc values) {
    return new Question(metric, index, Optional.of(values), contributors, "");
  }

  private Question calledUp(Doc list) {
    return new Question(metric, index, answer, Optional.of(list), failure);
  }
}
