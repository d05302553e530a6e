package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricReading;
import io.gpuscaling.policy.hpa.MilliQuantity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Draws an HPA that uses our metrics without a policy: what it is told, and what follows. */
final class HpaPage {

  private static final int MAX_ITEMS = 20;

  private final Page page;
  private final Instant now;

  HpaPage(Page page, Instant now) {
    this.page = page;
    this.now = now;
  }

  void draw(Doc hpa, List<Question> questions) {
    page.line("HorizontalPodAutoscaler " + hpa.name(), Tone.STRONG);
    page.pair(
        "target",
        hpa.text("/spec/scaleTargetRef/kind") + " " + hpa.text("/spec/scaleTargetRef/name"));
    page.pair(
        "replicas",
        hpa.text("/status/currentReplicas")
            + " now, "
            + hpa.at("/spec").whole("/minReplicas").orElse(1)
            + " to "
            + hpa.text("/spec/maxReplicas")
            + " allowed");
    FrozenBounds.of(hpa).ifPresent(it -> page.pair("frozen", it, Tone.CAREFUL));
    List<Doc> metrics = hpa.list("/spec/metrics");
    Map<String, MetricReading> readings = new HashMap<>();
    for (int i = 0; i < metrics.size(); i++) {
      String index = String.valueOf(i);
      Optional<Question> question =
          questions.stream().filter(it -> it.index().equals(index)).findFirst();
      page.gap();
      metric(i, metrics.get(i), question);
      question.ifPresent(it -> readings.put(index, reading(it)));
    }
    page.gap();
    Optional<HpaSpec> spec = HpaReader.spec(hpa);
    if (spec.isPresent() && !questions.isEmpty()) {
      page.pair("it", HpaOutlook.sentence(hpa, spec.get(), readings, OptionalInt.empty(), now));
    }
    for (Doc condition : hpa.list("/status/conditions")) {
      if (condition.text("/type").equals("ScalingActive")) {
        boolean isActive = condition.text("/status").equals("True");
        page.pair("it says", condition.text("/message"), isActive ? Tone.PLAIN : Tone.BAD);
      }
    }
  }

  private void metric(int index, Doc metric, Optional<Question> question) {
    Doc part = HpaReader.part(metric);
    String selector = part.pairs("/metric/selector/matchLabels");
    page.line(
        index
            + 1
            + ". "
            + metric.text("/type")
            + " "
            + HpaReader.metricName(metric)
            + (selector.isEmpty() ? "" : " {" + selector + "}"),
        Tone.STRONG);
    page.pair("wants", target(part.at("/target")));
    if (question.isEmpty()) {
      page.pair("told", "not asked: the HPA reads it of its pods");
      return;
    }
    if (question.get().answer().isEmpty()) {
      page.pair("missing", question.get().failure(), Tone.BAD);
      question.get().contributors().ifPresent(it -> new ContributorTable(page).draw(it));
      return;
    }
    List<Doc> items = question.get().answer().get().list("/items");
    page.pair(
        "told",
        items.isEmpty()
            ? "nothing: the selector matches no series"
            : "sum " + MilliQuantity.format(sum(items)) + " of " + items.size() + " item(s)",
        items.isEmpty() ? Tone.BAD : Tone.PLAIN);
    if (!items.isEmpty()) {
      items(items);
    }
    question.get().contributors().ifPresent(it -> new ContributorTable(page).draw(it));
  }

  private void items(List<Doc> items) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Doc item : items.subList(0, Math.min(MAX_ITEMS, items.size()))) {
      Doc described = item.at("/describedObject");
      rows.add(
          List.of(
              Cell.of(item.text("/value")),
              Cell.of(Spans.between(item.moment("/timestamp"), Optional.of(now))),
              Cell.of(
                  described.isThere()
                      ? described.text("/kind") + " " + described.text("/name")
                      : item.pairs("/metricLabels"))));
    }
    page.table(List.of("VALUE", "AGE", "OF"), rows);
    if (items.size() > MAX_ITEMS) {
      page.line((items.size() - MAX_ITEMS) + " more", Tone.FAINT);
    }
  }

  private static String target(Doc target) {
    return switch (target.text("/type")) {
      case "AverageValue" -> target.text("/averageValue") + " for each replica";
      case "Value" -> target.text("/value") + " in all";
      case "Utilization" -> target.text("/averageUtilization") + " % of what pods request";
      default -> "";
    };
  }

  /** As the controller adds: thousandths, each rounded up. */
  static long sum(List<Doc> items) {
    return items.stream()
        .map(it -> MilliQuantity.parse(it.text("/value")))
        .mapToLong(it -> it.orElse(0))
        .sum();
  }

  private static MetricReading reading(Question question) {
    if (question.answer().isEmpty()) {
      return new MetricReading.Missing(question.failure());
    }
    List<Doc> items = question.answer().get().list("/items");
    boolean isRead =
        !items.isEmpty()
            && items.stream()
                .map(it -> MilliQuantity.parse(it.text("/value")))
                .allMatch(OptionalLong::isPresent)
            && sum(items) >= 0;
    return isRead ? new MetricReading.Read(sum(items)) : new MetricReading.Missing("no items");
  }
}
