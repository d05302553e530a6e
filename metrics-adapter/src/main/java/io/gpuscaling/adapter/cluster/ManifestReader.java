package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.metrics.v1beta1.PodMetrics;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.gpuscaling.adapter.cluster.ObjectFacts.PodFacts;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.PolicyObjects;
import io.gpuscaling.adapter.policy.RecordedStatus;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.ScalingProfileReader;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Profile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Understands manifests. Used by one thread at a time. */
final class ManifestReader {

  private final KubernetesSerialization serialization = new KubernetesSerialization();
  private final ClusterSnapshot nodes;

  /** The trees of policies as they were read last, to know a change. */
  private Map<PolicyName, Map<String, Object>> trees = Map.of();

  ManifestReader(ClusterSnapshot nodes) {
    this.nodes = nodes;
  }

  /** What is found on the way. */
  private static final class Found {
    private final Map<PolicyName, Map<String, Object>> policies = new HashMap<>();
    private final Map<String, Read<Profile>> profiles = new HashMap<>();
    private final Map<String, Read<GpuPool>> pools = new HashMap<>();
    private final List<Workload> workloads = new ArrayList<>();
    private final List<PodFacts> pods = new ArrayList<>();
    private final Map<String, Map<String, Usage>> usages = new HashMap<>();
  }

  /**
   * Reads the files of a folder.
   *
   * @param texts by the names of the files
   * @param before what was read the last time
   * @param version of what has changed since
   * @throws IOException when a file is no manifest; the message names it
   */
  Manifests read(Map<String, String> texts, Manifests before, long version) throws IOException {
    Found found = new Found();
    for (Map.Entry<String, String> file : texts.entrySet()) {
      switch (YamlDocuments.read(file.getValue())) {
        case Read.Valid<List<Map<String, Object>>>(List<Map<String, Object>> documents) -> {
          for (Map<String, Object> document : documents) {
            take(document, file.getKey(), found);
          }
        }
        case Read.Invalid<List<Map<String, Object>>>(var problems) ->
            throw new IOException(file.getKey() + ": " + problems.getFirst());
      }
    }
    Map<PolicyName, PolicyObject> policies = new HashMap<>();
    found.policies.forEach((name, tree) ->
        policies.put(name, policy(name, tree, before.policies().get(name), version)));
    trees = found.policies;
    return new Manifests(
        new PolicyObjects.Snapshot("", policies, found.profiles, found.pools, List.of()),
        SnapshotAssembly.assemble(
            true, nodes.nodes().values(), found.pods, List.of(), found.workloads),
        found.usages);
  }

  private void take(Map<String, Object> document, String file, Found found) throws IOException {
    String kind = text(document.get("kind"));
    Map<?, ?> metadata = document.get("metadata") instanceof Map<?, ?> map ? map : Map.of();
    String name = text(metadata.get("name"));
    if (name.isEmpty()) {
      throw new IOException(file + ": a " + kind + " lacks metadata.name");
    }
    try {
      switch (kind) {
        case "ScalingPolicy" ->
            found.policies.put(new PolicyName(text(metadata.get("namespace")), name), document);
        case "ScalingProfile" -> found.profiles.put(name, ScalingProfileReader.read(document));
        case "GpuPool" -> found.pools.put(name, GpuPool.read(document));
        case "Deployment" ->
            found.workloads.add(
                ObjectFacts.of(serialization.convertValue(document, Deployment.class)));
        case "StatefulSet" ->
            found.workloads.add(
                ObjectFacts.of(serialization.convertValue(document, StatefulSet.class)));
        case "Pod" ->
            found.pods.add(ObjectFacts.of(serialization.convertValue(document, Pod.class)));
        case "PodMetrics" -> {
          Map<String, Usage> usages =
              found.usages.computeIfAbsent(text(metadata.get("namespace")), _ -> new HashMap<>());
          PodMetricsReader.usage(serialization.convertValue(document, PodMetrics.class))
              .ifPresent(it -> usages.put(name, it));
        }
        default -> throw new IOException(file + ": " + kind + " is not read from a folder");
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + kind + " " + name + ": " + e.getMessage(), e);
    }
  }

  private PolicyObject policy(
      PolicyName name, Map<String, Object> tree, @Nullable PolicyObject before, long version) {
    if (before != null && tree.equals(trees.get(name))) {
      return before;
    }
    Map<String, String> annotations = new LinkedHashMap<>();
    if (tree.get("metadata") instanceof Map<?, ?> metadata
        && metadata.get("annotations") instanceof Map<?, ?> given) {
      given.forEach((key, value) -> annotations.put(String.valueOf(key), String.valueOf(value)));
    }
    return PolicyObject.of(
        new ObjectMeta(
            name.namespace(),
            name.name(),
            "file-" + name.namespace() + "-" + name.name(),
            version,
            String.valueOf(version),
            Optional.empty(),
            annotations),
        tree,
        before == null ? RecordedStatus.NONE : before.status());
  }

  /** The status in what was written of a policy. */
  @Nullable Object status(String json, Path file) throws IOException {
    // JSON is YAML.
    return switch (YamlDocuments.read(json)) {
      case Read.Valid<List<Map<String, Object>>>(List<Map<String, Object>> documents)
          when documents.size() == 1 ->
          documents.getFirst().get("status");
      case Read.Valid<List<Map<String, Object>>> _, Read.Invalid<List<Map<String, Object>>> _ ->
          throw new IOException(file + " is not what was written: delete it to begin anew");
    };
  }

  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }
}
