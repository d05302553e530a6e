package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.metrics.v1beta1.ContainerMetrics;
import io.fabric8.kubernetes.api.model.metrics.v1beta1.PodMetrics;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.policy.UsageReader;
import io.gpuscaling.kubernetes.resource.Moment;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Reads {@code metrics.k8s.io}, which metrics-server or another product serves. */
public final class PodMetricsReader implements UsageReader {

  private static final int MILLIS = 1000;

  private final KubernetesClient client;

  /**
   * Reads through a client.
   *
   * @param client not closed by this
   */
  public PodMetricsReader(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Usages read(String namespace) {
    try {
      Map<String, Usage> pods = new HashMap<>();
      for (PodMetrics pod : client.top().pods().metrics(namespace).getItems()) {
        usage(pod).ifPresent(it -> pods.put(pod.getMetadata().getName(), it));
      }
      return new Usages.Known(pods);
    } catch (KubernetesClientException e) {
      return new Usages.Unknown(
          "the resource metrics of pods cannot be read (is metrics-server installed?): "
              + AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Usages.Unknown("the client of the cluster is closed");
    }
  }

  /** A pod of which one container is not measured is not measured. */
  static Optional<Usage> usage(PodMetrics pod) {
    long cpuMillis = 0;
    long memoryBytes = 0;
    for (ContainerMetrics container : pod.getContainers()) {
      long cpu = ObjectFacts.amount(container.getUsage().get("cpu"), MILLIS);
      long memory = ObjectFacts.amount(container.getUsage().get("memory"), 1);
      if (cpu < 0 || memory < 0) {
        return Optional.empty();
      }
      cpuMillis += cpu;
      memoryBytes += memory;
    }
    Instant at =
        Optional.ofNullable(pod.getTimestamp()).flatMap(Moment::parse).orElse(Instant.EPOCH);
    return pod.getContainers().isEmpty()
        ? Optional.empty()
        : Optional.of(new Usage(cpuMillis, memoryBytes, at));
  }
}
