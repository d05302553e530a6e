package io.gpuscaling.cli.render;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Chooses how objects of Kubernetes are drawn, by their kinds. */
public final class Rendering {

  private static final String EXPLANATION = "ScalingPolicyExplanation";
  private static final String POLICY = "ScalingPolicy";
  private static final String AUTOSCALER = "HorizontalPodAutoscaler";

  /**
   * What of the past is wanted; both empty for what is now.
   *
   * @param at what held then
   * @param since what changed since then
   */
  public record Past(Optional<Instant> at, Optional<Instant> since) {}

  private Rendering() {}

  /**
   * Draws objects.
   *
   * @param docs one object after the other, or lists of them
   * @return whether there was anything to draw
   */
  public static boolean draw(List<Doc> docs, Past past, Page page, Instant now) {
    List<Doc> flat = flat(docs);
    List<Doc> explanations = of(flat, EXPLANATION);
    List<Doc> policies = of(flat, POLICY);
    List<Doc> autoscalers = of(flat, AUTOSCALER);
    List<Question> questions = Question.of(flat);
    if (past.at().isPresent() || past.since().isPresent()) {
      List<Doc> asked = explanations.isEmpty() ? policies : explanations;
      asked.forEach(it -> past(it, past, page));
      return !asked.isEmpty();
    }
    if (!explanations.isEmpty()) {
      explanations.forEach(it -> new ExplainPage(page, now).draw(it, autoscalers));
    } else if (!autoscalers.isEmpty()) {
      autoscalers.forEach(it -> new HpaPage(page, now).draw(it, questions));
    } else if (!questions.isEmpty()) {
      new TopPage(page).draw(questions);
      if (!policies.isEmpty()) {
        page.gap();
        new PolicyPage(page, now).list(policies);
      }
    } else if (docs.size() == 1 && docs.getFirst().kind().endsWith("List")) {
      new PolicyPage(page, now).list(policies);
    } else {
      policies.forEach(it -> new PolicyPage(page, now).draw(it));
    }
    return !page.text().isEmpty();
  }

  private static void past(Doc policy, Past past, Page page) {
    PastPage drawn = new PastPage(page);
    past.at().ifPresent(it -> drawn.at(policy, it));
    past.since().ifPresent(it -> drawn.since(policy, it));
  }

  private static List<Doc> of(List<Doc> docs, String kind) {
    return docs.stream().filter(it -> it.kind().equals(kind)).toList();
  }

  private static List<Doc> flat(List<Doc> docs) {
    List<Doc> flat = new ArrayList<>();
    for (Doc doc : docs) {
      if (doc.kind().endsWith("List") && !Question.isAnswer(doc.kind())) {
        flat.addAll(doc.list("/items"));
      } else {
        flat.add(doc);
      }
    }
    return flat;
  }
}
