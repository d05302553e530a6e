package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef.Resource;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The average utilization of pods as an HPA with a Resource metric defines it: what the ready pods
 * use together, in percent of what they request together (kubernetes,
 * pkg/controller/podautoscaler/metrics/utilization.go). Where the HPA guesses about pods without a
 * measurement, this is a lower bound: it may raise, and never lowers. Pure.
 */
final class PodUtilization {

  private static final double PERCENT = 100;

  private PodUtilization() {}

  static Observation of(List<Pod> readyPods, Map<String, Usage> usages, Resource resource) {
    if (readyPods.isEmpty()) {
      return new Observation.Missing("the target has no ready pod");
    }
    double used = 0;
    double requested = 0;
    int measured = 0;
    Instant oldest = Instant.MAX;
    for (Pod pod : readyPods) {
      long request = request(pod.requests(), resource);
      if (request == Requests.UNSET) {
        return new Observation.Missing(
            "a container of pod " + pod.name() + " requests no " + word(resource));
      }
      requested += request;
      Usage usage = usages.get(pod.name());
      if (usage != null) {
        used += resource == Resource.CPU ? usage.cpuMillis() : usage.memoryBytes();
        measured++;
        oldest = usage.at().isBefore(oldest) ? usage.at() : oldest;
      }
    }
    if (measured == 0) {
      return new Observation.Missing("no ready pod of the target has been measured yet");
    }
    return new Observation.Sampled(
        oldest,
        PERCENT * used / requested,
        measured == readyPods.size() ? Exactness.EXACT : Exactness.LOWER_BOUND,
        measured + " of " + readyPods.size() + " ready pods");
  }

  private static long request(Requests requests, Resource resource) {
    return resource == Resource.CPU ? requests.cpuMillis() : requests.memoryBytes();
  }

  private static String word(Resource resource) {
    return resource == Resource.CPU ? "cpu" : "memory";
  }
}
