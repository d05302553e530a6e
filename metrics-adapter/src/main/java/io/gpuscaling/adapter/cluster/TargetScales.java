package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.adapter.policy.ScaleReader;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.util.Optional;

/** Reads the scale subresource of Deployments and StatefulSets. */
public final class TargetScales implements ScaleReader {

  private final KubernetesClient client;

  /**
   * Reads through a client.
   *
   * @param client not closed by this
   */
  public TargetScales(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Replicas read(String namespace, ScaleTarget target) {
    Optional<WorkloadKind> kind = WorkloadKind.of(target.apiVersion(), target.kind());
    if (kind.isEmpty()) {
      return new Replicas.Unknown(target + " has no scale that is read here");
    }
    try {
      Scale scale =
          switch (kind.get()) {
            case DEPLOYMENT ->
                client.apps().deployments().inNamespace(namespace).withName(target.name()).scale();
            case STATEFUL_SET ->
                client.apps().statefulSets().inNamespace(namespace).withName(target.name()).scale();
            case SERVICE -> null;
          };
      if (scale == null) {
        return new Replicas.Unknown(target + " is not there any more");
      }
      Integer replicas = scale.getSpec() == null ? null : scale.getSpec().getReplicas();
      return new Replicas.Known(replicas == null ? 0 : replicas); // 0 is left out
    } catch (KubernetesClientException e) {
      return new Replicas.Unknown(
          "the scale of " + target + " cannot be read: " + AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Replicas.Unknown("the client of the cluster is closed");
    }
  }
}
