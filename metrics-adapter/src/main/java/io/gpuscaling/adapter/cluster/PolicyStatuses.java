package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.RecordedStatus;
import io.gpuscaling.adapter.policy.StatusStore;
import io.gpuscaling.adapter.policy.StatusTree;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import java.net.HttpURLConnection;

/** Writes the status of policies, each with the version that it was decided upon. */
public final class PolicyStatuses implements StatusStore {

  private final KubernetesClient client;

  /**
   * Writes through a client.
   *
   * @param client not closed by this
   */
  public PolicyStatuses(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Outcome write(PolicyObject object, RecordedStatus status) {
    GenericKubernetesResource next =
        new GenericKubernetesResourceBuilder()
            .withApiVersion(PolicyResources.SCALING_POLICY.apiVersion())
            .withKind(PolicyResources.SCALING_POLICY.names().kind())
            .withNewMetadata()
            .withNamespace(object.metadata().namespace())
            .withName(object.metadata().name())
            .withUid(object.metadata().uid())
            .withResourceVersion(object.metadata().resourceVersion())
            .endMetadata()
            .addToAdditionalProperties("status", StatusTree.of(status))
            .build();
    try {
      return new Outcome.Written(
          PolicyFacts.policy(
              client
                  .genericKubernetesResources(PolicyWatch.context(PolicyResources.SCALING_POLICY))
                  .inNamespace(object.metadata().namespace())
                  .resource(next)
                  .updateStatus()));
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_CONFLICT
              || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          ? new Outcome.Conflict()
          : new Outcome.Failed("the status cannot be written: " + AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Outcome.Failed("the client of the cluster is closed");
    }
  }
}
