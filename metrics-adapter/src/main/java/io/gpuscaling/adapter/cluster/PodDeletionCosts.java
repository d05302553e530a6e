package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.gpuscaling.adapter.policy.DeletionCosts;
import java.net.HttpURLConnection;
import java.util.Optional;

/** Writes deletion costs of pods as annotations, which ReplicaSets go by. */
public final class PodDeletionCosts implements DeletionCosts {

  /** What a ReplicaSet goes by: the lowest goes first, 0 without one. */
  static final String COST = "controller.kubernetes.io/pod-deletion-cost";

  /** Says that the cost is ours, so that nobody else's is ever taken away. */
  static final String CHOSEN = "gpuscaling.io/first-to-go";

  private static final String LOW = "-1000";

  private final KubernetesClient client;

  /**
   * Writes through a client.
   *
   * @param client not closed by this
   */
  public PodDeletionCosts(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Optional<String> lower(String namespace, String pod) {
    return patch(namespace, pod, '"' + LOW + '"', "\"true\"");
  }

  @Override
  public Optional<String> clear(String namespace, String pod) {
    return patch(namespace, pod, "null", "null");
  }

  /** A merge of two annotations; a pod that has gone needs none. */
  private Optional<String> patch(String namespace, String pod, String cost, String chosen) {
    String annotations =
        "{\"metadata\":{\"annotations\":{\"%s\":%s,\"%s\":%s}}}"
            .formatted(COST, cost, CHOSEN, chosen);
    try {
      client
          .pods()
          .inNamespace(namespace)
          .withName(pod)
          .patch(PatchContext.of(PatchType.JSON_MERGE), annotations);
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          ? Optional.empty()
          : Optional.of(AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return Optional.of("the client of the cluster is closed");
    }
  }
}
