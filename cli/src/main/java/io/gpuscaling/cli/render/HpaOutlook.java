package io.gpuscaling.cli.render;

import io.gpuscaling.policy.hpa.Hpa;
import io.gpuscaling.policy.hpa.HpaDecision;
import io.gpuscaling.policy.hpa.HpaDecision.Limit;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.HpaState;
import io.gpuscaling.policy.hpa.MetricReading;
import io.gpuscaling.policy.hpa.MilliQuantity;
import io.gpuscaling.policy.hpa.Replicas;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a HorizontalPodAutoscaler will make of the values that it is told, by its own formula. What
 * it remembers of the minutes before is not known here, so its stabilization and rates may still
 * hold it: said so where it has them.
 */
final class HpaOutlook {

  private HpaOutlook() {}

  /** Of a policy's number. */
  static String ofPolicy(Doc hpa, OptionalInt targetReplicas, Doc served, Instant now) {
    Optional<HpaSpec> spec = HpaReader.spec(hpa);
    if (spec.isEmpty()) {
      return "has no metric of ours, or cannot be understood";
    }
    List<Doc> metrics = hpa.list("/spec/metrics");
    Map<String, MetricReading> readings = new HashMap<>();
    for (HpaMetric metric : spec.get().metrics()) {
      Doc written = metrics.get(Integer.parseInt(metric.name()));
      boolean isOurs = HpaReader.metricName(written).equals("scaling_policy_desired_replicas");
      // To an HPA with a tolerance another value may be told.
      OptionalLong number =
          MilliQuantity.parse(
              served.text(served.text("/value").isEmpty() ? "/replicas" : "/value"));
      readings.put(
          metric.name(),
          isOurs && number.isPresent()
              ? new MetricReading.Read(number.getAsLong())
              : new MetricReading.Missing(isOurs ? "nothing is served" : "not asked here"));
    }
    return sentence(hpa, spec.get(), readings, targetReplicas, now);
  }

  /** Of readings by the metric's place in the HPA. */
  static String sentence(
      Doc hpa,
      HpaSpec spec,
      Map<String, MetricReading> readings,
      OptionalInt targetReplicas,
      Instant now) {
    int status = hpa.at("/status").whole("/currentReplicas").orElse(0);
    int wanted = targetReplicas.orElse(status);
    HpaDecision decision =
        Hpa.decide(spec, new Replicas(wanted, status, status), readings, HpaState.EMPTY, now);
    return said(decision) + others(hpa, spec) + memory(decision, spec);
  }

  private static String said(HpaDecision decision) {
    return switch (decision.reason()) {
      case HpaDecision.Reason.SwitchedOff() ->
          "leaves it at 0: it wakes only what it put to sleep itself";
      case HpaDecision.Reason.OutOfBounds() ->
          "sets " + decision.desired() + ": its own bounds, whatever the metrics say";
      case HpaDecision.Reason.Hold() ->
          "keeps " + decision.current() + ": a metric has no value, and none asks for more";
      case HpaDecision.Reason.ByMetrics(_, int proposed, int stabilized, Limit limit) ->
          (decision.desired() == decision.current() ? "keeps " : "sets ")
              + decision.desired()
              + (proposed == decision.desired()
                  ? ""
                  : " of " + proposed + held(proposed, stabilized, limit));
    };
  }

  private static String held(int proposed, int stabilized, Limit limit) {
    return stabilized == proposed ? limited(limit) : ", its stabilization window holds it";
  }

  private static String limited(Limit limit) {
    return switch (limit) {
      case NONE -> "";
      case MIN_REPLICAS -> ", its minReplicas";
      case MAX_REPLICAS -> ", its maxReplicas";
      case SCALE_UP_RATE -> ", as fast as behavior.scaleUp allows";
      case SCALE_DOWN_RATE -> ", as fast as behavior.scaleDown allows";
    };
  }

  private static String others(Doc hpa, HpaSpec spec) {
    int more = hpa.list("/spec/metrics").size() - spec.metrics().size();
    return more <= 0 ? "" : "; " + more + " more metric(s) of its pods may ask for more";
  }

  private static String memory(HpaDecision decision, HpaSpec spec) {
    boolean isUp = decision.desired() > decision.current();
    boolean isDown = decision.desired() < decision.current();
    var window = isUp ? spec.up().stabilizationWindow() : spec.down().stabilizationWindow();
    return (isUp || isDown) && window.isPositive()
        ? "; not before it has wanted so for " + window.toSeconds() + " s"
        : "";
  }
}
