package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.resource.Values;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A {@code GpuPool} as it was understood.
 *
 * @param metadata of the object
 * @param gpuLimit the most GPUs; without it the nodes alone bound the pool
 * @param nodeLabels that its nodes have; all nodes with such GPUs when empty
 * @param resources extended resources that count, one GPU each
 * @param grants who may use it; those of a namespace by its name before those for all
 */
public record GpuPool(
    ObjectMeta metadata,
    OptionalInt gpuLimit,
    Map<String, String> nodeLabels,
    List<String> resources,
    List<Grant> grants) {

  private static final String EVERYONE = "*";

  /**
   * A namespace may use the pool.
   *
   * @param namespace its name, or {@code *}
   * @param highestClass a policy there counts as this class at most
   */
  public record Grant(String namespace, WorkloadClass highestClass) {}

  /** Copies. */
  public GpuPool {
    nodeLabels = Map.copyOf(nodeLabels);
    resources = List.copyOf(resources);
    grants = List.copyOf(grants);
  }

  /** As what a policy of a namespace counts, or nothing when it may not use the pool. */
  public Optional<WorkloadClass> granted(String namespace, WorkloadClass wanted) {
    Optional<Grant> own =
        grants.stream().filter(it -> it.namespace().equals(namespace)).findFirst();
    return own.or(() -> grants.stream().filter(it -> it.namespace().equals(EVERYONE)).findFirst())
        .map(it -> it.highestClass().compareTo(wanted) > 0 ? it.highestClass() : wanted);
  }

  /** Understands an object. */
  public static Read<GpuPool> read(Map<String, ?> object) {
    Problems problems = new Problems();
    Optional<CustomResource.Parsed> parsed = PolicyResources.GPU_POOL.read(object, problems);
    if (!problems.isEmpty() || parsed.isEmpty()) {
      return new Read.Invalid<>(problems.list());
    }
    Values spec = parsed.get().spec();
    return new Read.Valid<>(
        new GpuPool(
            parsed.get().metadata(),
            spec.whole("gpuLimit"),
            spec.child("nodeSelector").map(it -> it.entries("matchLabels")).orElse(Map.of()),
            spec.texts("resources"),
            spec.children("namespaces").stream()
                .map(it ->
                    new Grant(
                        it.text("name").orElseThrow(),
                        WorkloadClass.valueOf(
                            it.text("highestClass").orElseThrow().toUpperCase(Locale.ROOT))))
                .toList()));
  }
}
