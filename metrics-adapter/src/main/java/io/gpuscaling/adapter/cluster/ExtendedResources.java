package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts extended resources, such as {@code nvidia.com/gpu}: whole devices, by name. Pure. What
 * pods claim by {@code resourceClaims} is not among them.
 */
final class ExtendedResources {

  /** Names of this domain are Kubernetes's own, as {@code kubernetes.io/batch-cpu}. */
  private static final String OWN_DOMAIN = "kubernetes.io/";

  private ExtendedResources() {}

  /** Of a list of resources, without what is no extended resource. */
  static Map<String, Long> of(@Nullable Map<String, Quantity> resources) {
    if (resources == null) {
      return Map.of();
    }
    Map<String, Long> counts = new HashMap<>();
    resources.forEach((name, quantity) -> {
      if (name.indexOf('/') > 0 && !name.contains(OWN_DOMAIN)) {
        long amount = ObjectFacts.amount(quantity, 1);
        if (amount != Requests.UNSET && amount > 0) {
          // The same few names in every pod: one text for all.
          counts.put(name.intern(), amount);
        }
      }
    });
    return Map.copyOf(counts);
  }

  /**
   * What the scheduler sets aside for a pod: what runs together, and at least what each container
   * that runs before it needs.
   */
  static Map<String, Long> of(PodSpec spec) {
    Map<String, Long> together = new HashMap<>();
    Map<String, Long> most = new HashMap<>();
    for (Container container : spec.getInitContainers()) {
      if (staysWithPod(container)) {
        of(container).forEach((name, amount) -> together.merge(name, amount, Long::sum));
      } else {
        of(container)
            .forEach((name, amount) ->
                most.merge(name, amount + together.getOrDefault(name, 0L), Math::max));
      }
    }
    for (Container container : spec.getContainers()) {
      of(container).forEach((name, amount) -> together.merge(name, amount, Long::sum));
    }
    together.forEach((name, amount) -> most.merge(name, amount, Math::max));
    return Map.copyOf(most);
  }

  /** A sidecar: an init container that stays. */
  static boolean staysWithPod(Container container) {
    return "Always".equals(container.getRestartPolicy());
  }

  /** Requests and limits of an extended resource are the same; mostly only limits are written. */
  private static Map<String, Long> of(Container container) {
    if (container.getResources() == null) {
      return Map.of();
    }
    Map<String, Long> limits = of(container.getResources().getLimits());
    Map<String, Long> requests = of(container.getResources().getRequests());
    if (requests.isEmpty() || limits.equals(requests)) {
      return limits;
    }
    Map<String, Long> both = new HashMap<>(limits);
    both.putAll(requests);
    return both;
  }
}
