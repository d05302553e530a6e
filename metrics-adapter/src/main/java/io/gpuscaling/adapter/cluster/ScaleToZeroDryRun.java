package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.policy.ScaleToZero;
import io.gpuscaling.adapter.policy.ScaleToZeroProbe;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import java.util.Objects;

/** Tries to make an HPA with {@code minReplicas: 0} as a dry run, which stores nothing. */
public final class ScaleToZeroDryRun implements ScaleToZeroProbe {

  /** Of the HPA, and of the workload that it would scale; neither ever exists. */
  static final String NAME = "gpuscaling-scale-to-zero-probe";

  /** Unprocessable: what the API server answers to a field that it does not allow. */
  private static final int HTTP_INVALID = 422;

  private final KubernetesClient client;

  /**
   * Asks through a client.
   *
   * @param client not closed by this
   */
  public ScaleToZeroDryRun(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public ScaleToZero probe(String namespace) {
    HorizontalPodAutoscaler probe =
        new HorizontalPodAutoscalerBuilder()
            .withNewMetadata()
            .withName(NAME)
            .withNamespace(namespace)
            .endMetadata()
            .withNewSpec()
            .withNewScaleTargetRef("apps/v1", "Deployment", NAME)
            .withMinReplicas(0)
            .withMaxReplicas(1)
            .addNewMetric()
            // A minimum of 0 needs a metric that is there without pods.
            .withType("External")
            .withNewExternal()
            .withNewMetric()
            .withName(GeneratedHpa.DESIRED_REPLICAS)
            .endMetric()
            .withNewTarget()
            .withType("AverageValue")
            .withNewAverageValue("1")
            .endTarget()
            .endExternal()
            .endMetric()
            .endSpec()
            .build();
    try {
      HorizontalPodAutoscaler read =
          client
              .autoscaling()
              .v2()
              .horizontalPodAutoscalers()
              .inNamespace(namespace)
              .resource(probe)
              .dryRun()
              .create();
      return Objects.equals(read.getSpec().getMinReplicas(), 0)
          ? new ScaleToZero.Supported()
          : new ScaleToZero.Unsupported();
    } catch (KubernetesClientException e) {
      return e.getCode() == HTTP_INVALID && isAboutMinimum(e)
          ? new ScaleToZero.Unsupported()
          : new ScaleToZero.Unknown(
              "a dry run in namespace " + namespace + " failed: " + AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new ScaleToZero.Unknown("the client of the cluster is closed");
    }
  }

  private static boolean isAboutMinimum(KubernetesClientException e) {
    return e.getStatus() != null
        && e.getStatus().getDetails() != null
        && e.getStatus().getDetails().getCauses() != null
        && e.getStatus().getDetails().getCauses().stream()
            .anyMatch(it -> "spec.minReplicas".equals(it.getField()));
  }
}
