package io.gpuscaling.cli.doctor;

import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.policy.spec.MetricRef;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Who reads which of the metrics that are served. */
final class MetricReaders {

  private MetricReaders() {}

  /** Somebody who reads one of some metrics, such as {@code policy ai/p reads gpu_count}. */
  static Optional<String> of(Facts facts, Policies policies, Predicate<String> metrics) {
    var readers = new TreeMap<String, String>();
    for (ScalingPolicy policy : policies.understood()) {
      policy.policy().rules().stream()
          .map(it -> it.metric())
          .filter(it -> it instanceof MetricRef.Series || it instanceof MetricRef.OfTarget)
          .map(MetricRef::name)
          .filter(metrics)
          .forEach(it -> readers.put("policy " + Policies.place(policy), it));
    }
    for (JsonNode hpa : facts.items(Question.HPAS)) {
      for (JsonNode metric : hpa.at("/spec/metrics")) {
        Stream.of("external", "object", "pods")
            .map(it -> metric.path(it).at("/metric/name").asString(""))
            .filter(it -> !it.isEmpty())
            .filter(metrics)
            .forEach(it -> readers.put("HPA " + KubeObject.place(hpa), it));
      }
    }
    return readers.isEmpty()
        ? Optional.empty()
        : Optional.of(readers.firstKey() + " reads " + readers.firstEntry().getValue());
  }

  /** What keeps from saying who reads a metric. */
  static Optional<Finding> gap(Facts facts, CheckId check) {
    return facts.gap(check, Question.POLICIES, Question.HPAS);
  }
}
