package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.gpuscaling.adapter.policy.AutoscalerStore;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Objects;

/** Writes the HPAs that policies own. */
public final class PolicyAutoscalers implements AutoscalerStore {

  private static final KubernetesSerialization TREES = new KubernetesSerialization();

  private final KubernetesClient client;

  /**
   * Writes through a client.
   *
   * @param client not closed by this
   */
  public PolicyAutoscalers(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Outcome create(Map<String, Object> tree) {
    HorizontalPodAutoscaler hpa = TREES.convertValue(tree, HorizontalPodAutoscaler.class);
    return outcome(() ->
        client
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(hpa.getMetadata().getNamespace())
            .resource(hpa)
            .create());
  }

  /** A merge of {@code spec} that the API server refuses when the version is another by now. */
  @Override
  public Outcome correct(Map<String, Object> tree, String version) {
    HorizontalPodAutoscaler hpa = TREES.convertValue(tree, HorizontalPodAutoscaler.class);
    String patch =
        TREES.asJson(
            Map.of(
                "metadata",
                Map.of("resourceVersion", version),
                "spec",
                Objects.requireNonNull(tree.get("spec"))));
    return outcome(() ->
        client
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(hpa.getMetadata().getNamespace())
            .withName(hpa.getMetadata().getName())
            .patch(PatchContext.of(PatchType.JSON_MERGE), patch));
  }

  private static Outcome outcome(Runnable write) {
    try {
      write.run();
      return new Outcome.Written();
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_CONFLICT
              || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          ? new Outcome.Conflict()
          : new Outcome.Failed(AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Outcome.Failed("the client of the cluster is closed");
    }
  }
}
