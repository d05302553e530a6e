package io.gpuscaling.demo.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;

/**
 * The cluster as the adapter is shown it: one Deployment, its pods, and what they use. A busy
 * worker prepares data on more than half of its CPU, an idle one on next to nothing.
 */
public final class ClusterFile {

  private static final int BUSY_MILLIS = 600;
  private static final int IDLE_MILLIS = 50;

  private final Path file;
  private final String namespace;
  private final String deployment;

  /**
   * A pod of the Deployment.
   *
   * @param isReady not one that has been told to end
   */
  public record Pod(String name, String node, boolean isReady, boolean isBusy) {}

  /** Writes nothing yet. */
  public ClusterFile(Path file, String namespace, String deployment) {
    this.file = file;
    this.namespace = namespace;
    this.deployment = deployment;
  }

  /**
   * Writes it, whole or not at all.
   *
   * @param replicas that the Deployment is set to
   * @param now when the pods were measured
   */
  public void write(int replicas, List<Pod> pods, Instant now) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, text(replicas, pods, now));
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  String text(int replicas, List<Pod> pods, Instant now) {
    var text = new StringBuilder();
    text.append(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %s, namespace: %s}
        spec:
          replicas: %d
          template: {spec: {containers: [{name: worker, resources: {requests: {cpu: "1", memory: 4Gi}, limits: {nvidia.com/gpu: 1}}}]}}
        status: {replicas: %d}
        """
            .formatted(deployment, namespace, replicas, pods.size()));
    for (Pod pod : pods) {
      text.append(
          """
          ---
          apiVersion: v1
          kind: Pod
          metadata:
            name: %1$s
            namespace: %2$s
            ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: %3$s, uid: demo, controller: true}]
          spec:
            nodeName: %4$s
            containers: [{name: worker, resources: {requests: {cpu: "1", memory: 4Gi}, limits: {nvidia.com/gpu: 1}}}]
          status: {phase: Running, conditions: [{type: Ready, status: "%5$s"}]}
          ---
          apiVersion: metrics.k8s.io/v1beta1
          kind: PodMetrics
          metadata: {name: %1$s, namespace: %2$s}
          timestamp: "%6$s"
          window: 1s
          containers: [{name: worker, usage: {cpu: %7$dm, memory: 1Gi}}]
          """
              .formatted(
                  pod.name(),
                  namespace,
                  deployment,
                  pod.node(),
                  pod.isReady() ? "True" : "False",
                  now,
                  pod.isBusy() ? BUSY_MILLIS : IDLE_MILLIS));
    }
    return text.toString();
  }
}
