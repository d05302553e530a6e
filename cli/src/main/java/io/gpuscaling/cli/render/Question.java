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
 * @param failure why there was none
 */
record Question(String metric, String index, Optional<Doc> answer, String failure) {

  /** The kind of the object that comes before an answer, and says what was asked. */
  static final String KIND = "MetricQuestion";

  /** Whether a kind is that of an answer. */
  static boolean isAnswer(String kind) {
    return kind.equals("MetricValueList") || kind.equals("ExternalMetricValueList");
  }

  /** Each question with the answer that follows it; an answer nobody asked for is left out. */
  static List<Question> of(List<Doc> docs) {
    List<Question> questions = new ArrayList<>();
    for (Doc doc : docs) {
      if (doc.kind().equals(KIND)) {
        questions.add(
            new Question(
                doc.text("/metric"), doc.text("/index"), Optional.empty(), doc.text("/message")));
      } else if (isAnswer(doc.kind()) && !questions.isEmpty()) {
        Question asked = questions.removeLast();
        questions.add(new Question(asked.metric(), asked.index(), Optional.of(doc), ""));
      }
    }
    return questions;
  }
}
