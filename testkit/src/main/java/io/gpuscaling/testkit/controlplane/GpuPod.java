package io.gpuscaling.testkit.controlplane;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * A pod that is bound to a node without a scheduler. Nothing runs in it.
 *
 * @param namespace its namespace, which exists
 * @param name its name
 * @param node the node, which exists
 * @param serviceAccount its service account
 * @param gpus how many whole GPUs it asks for, 0 for none
 * @param labels its labels
 */
public record GpuPod(
    String namespace,
    String name,
    String node,
    String serviceAccount,
    int gpus,
    Map<String, String> labels) {

  /** Copies the labels. */
  public GpuPod {
    labels = Map.copyOf(labels);
    if (gpus < 0) {
      throw new IllegalArgumentException("gpus: " + gpus);
    }
  }

  /** A pod of the default service account, without GPUs and labels. */
  public static GpuPod onNode(String namespace, String name, String node) {
    return new GpuPod(namespace, name, node, "default", 0, Map.of());
  }

  /** The same with another service account. */
  public GpuPod withServiceAccount(String account) {
    return new GpuPod(namespace, name, node, account, gpus, labels);
  }

  /** The same with another number of GPUs. */
  public GpuPod withGpus(int count) {
    return new GpuPod(namespace, name, node, serviceAccount, count, labels);
  }

  /** The same with other labels. */
  public GpuPod withLabels(Map<String, String> newLabels) {
    return new GpuPod(namespace, name, node, serviceAccount, gpus, newLabels);
  }

  String path() {
    return "/api/v1/namespaces/" + namespace + "/pods/" + name;
  }

  String yaml() {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: %s, labels: {%s}}
    spec:
      nodeName: %s
      serviceAccountName: %s
      terminationGracePeriodSeconds: 0
      tolerations: [{operator: Exists}]
      # As the "restricted" pod security standard wants it, which the programs' own namespace enforces.
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: main
        image: none
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        resources: {limits: {%s}}
    """
        .formatted(
            name,
            namespace,
            labels.entrySet().stream()
                .map(label -> "\"%s\": \"%s\"".formatted(label.getKey(), label.getValue()))
                .collect(Collectors.joining(", ")),
            node,
            serviceAccount,
            gpus == 0 ? "" : "nvidia.com/gpu: " + gpus);
  }
}
