package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.policy.PoolStatusStore;
import io.gpuscaling.adapter.pool.PoolUse;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.resource.Moment;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the status of pools as the API server keeps it. */
public final class PoolStatuses implements PoolStatusStore {

  private final KubernetesClient client;

  /**
   * Writes through a client.
   *
   * @param client not closed by this
   */
  public PoolStatuses(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Optional<String> write(GpuPool pool, PoolUse use, Instant now) {
    try {
      var pools = client.genericKubernetesResources(PolicyWatch.context(PolicyResources.GPU_POOL));
      GenericKubernetesResource object = pools.withName(pool.metadata().name()).get();
      if (object == null) {
        return Optional.empty();
      }
      Object before = object.getAdditionalProperties().get("status");
      Map<String, Object> status = status(pool, use, since(before).orElse(now));
      if (!status.equals(before)) {
        object.setAdditionalProperty("status", status);
        pools.resource(object).updateStatus();
      }
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          ? Optional.empty()
          : Optional.of(AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return Optional.of("the client of the cluster is closed");
    }
  }

  private static Map<String, Object> status(GpuPool pool, PoolUse use, Instant since) {
    Map<String, Object> ready = new LinkedHashMap<>();
    ready.put("type", "Ready");
    ready.put("status", "True");
    ready.put("observedGeneration", Math.toIntExact(pool.metadata().generation()));
    ready.put("lastTransitionTime", since.truncatedTo(ChronoUnit.SECONDS).toString());
    ready.put("reason", "Counted");
    ready.put("message", "nodes and pods are known");
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("observedGeneration", Math.toIntExact(pool.metadata().generation()));
    status.put("size", Math.toIntExact(use.size()));
    status.put("used", Math.toIntExact(use.used()));
    status.put("conditions", List.of(ready));
    return status;
  }

  /** Since when it has been ready, by what is written; it never ceases to be. */
  private static Optional<Instant> since(@Nullable Object status) {
    return status instanceof Map<?, ?> map
            && map.get("conditions") instanceof List<?> conditions
            && !conditions.isEmpty()
            && conditions.getFirst() instanceof Map<?, ?> condition
            && condition.get("lastTransitionTime") instanceof String text
        ? Moment.parse(text)
        : Optional.empty();
  }
}
