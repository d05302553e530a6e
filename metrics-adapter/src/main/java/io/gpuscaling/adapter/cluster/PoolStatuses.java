package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.policy.PoolStatusStore;
import io.gpuscaling.adapter.policy.PoolVerdict;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.kubernetes.resource.Read;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
  public Optional<String> write(
      String pool, OptionalLong generation, PoolVerdict verdict, Instant now) {
    try {
      var pools = client.genericKubernetesResources(PolicyWatch.context(PolicyResources.GPU_POOL));
      GenericKubernetesResource object = pools.withName(pool).get();
      if (object == null || (generation.isEmpty() && isUnderstood(object))) {
        return Optional.empty();
      }
      Object before = object.getAdditionalProperties().get("status");
      long observed = generation.orElse(object.getMetadata().getGeneration());
      Map<String, Object> status =
          status(observed, verdict, since(before, verdict.isReady()).orElse(now));
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

  private static boolean isUnderstood(GenericKubernetesResource object) {
    return GpuPool.read(PolicyFacts.tree(object)) instanceof Read.Valid<GpuPool>;
  }

  private static Map<String, Object> status(long generation, PoolVerdict verdict, Instant since) {
    Map<String, Object> ready = new LinkedHashMap<>();
    ready.put("type", "Ready");
    ready.put("status", verdict.isReady() ? "True" : "False");
    ready.put("observedGeneration", Math.toIntExact(generation));
    ready.put("lastTransitionTime", since.truncatedTo(ChronoUnit.SECONDS).toString());
    ready.put("reason", verdict.reason());
    ready.put("message", verdict.message());
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("observedGeneration", Math.toIntExact(generation));
    verdict
        .use()
        .ifPresent(use -> {
          status.put("size", Math.toIntExact(use.size()));
          status.put("used", Math.toIntExact(use.used()));
        });
    status.put("conditions", List.of(ready));
    return status;
  }

  /** Since when it has been ready, or not ready, by what is written. */
  private static Optional<Instant> since(@Nullable Object status, boolean isReady) {
    return status instanceof Map<?, ?> map
            && map.get("conditions") instanceof List<?> conditions
            && !conditions.isEmpty()
            && conditions.getFirst() instanceof Map<?, ?> condition
            && (isReady ? "True" : "False").equals(condition.get("status"))
            && condition.get("lastTransitionTime") instanceof String text
        ? Moment.parse(text)
        : Optional.empty();
  }
}
