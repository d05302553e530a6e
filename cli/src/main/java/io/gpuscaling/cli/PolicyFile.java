package io.gpuscaling.cli;

import io.gpuscaling.core.config.NearestName;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.policy.ScalingProfileReader;
import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.spec.Profile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The objects of {@code gpuscaling.io} in some YAML files. Objects of other groups are passed over:
 * a file may hold a Deployment beside its policy.
 *
 * @param policies those that can be used
 * @param pools those that can be used
 * @param profiles those that can be used
 * @param problems of all files, each with the file and the object's name before it
 * @param others so many objects of other groups were passed over
 */
record PolicyFile(
    List<Located<ScalingPolicy>> policies,
    List<Located<GpuPool>> pools,
    List<Located<Profile>> profiles,
    List<String> problems,
    int others) {

  /**
   * An object, and where it stands.
   *
   * @param <T> what it means
   * @param where file, kind and name, for people
   */
  record Located<T>(String where, T value) {}

  PolicyFile {
    policies = List.copyOf(policies);
    pools = List.copyOf(pools);
    profiles = List.copyOf(profiles);
    problems = List.copyOf(problems);
  }

  /** Reads all files, whatever is wrong with some of them. */
  static PolicyFile read(List<Path> files) {
    var reading = new Reading();
    files.forEach(reading::add);
    return new PolicyFile(
        reading.policies, reading.pools, reading.profiles, reading.problems, reading.others);
  }

  private static final class Reading {
    private final List<Located<ScalingPolicy>> policies = new ArrayList<>();
    private final List<Located<GpuPool>> pools = new ArrayList<>();
    private final List<Located<Profile>> profiles = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private int others;

    void add(Path file) {
      switch (InputFiles.read(file)) {
        case Read.Invalid<String>(List<Problem> faults) -> complain(file + "", faults);
        case Read.Valid<String>(String text) -> {
          switch (YamlDocuments.read(text)) {
            case Read.Invalid<List<Map<String, Object>>>(List<Problem> faults) ->
                complain(file + "", faults);
            case Read.Valid<List<Map<String, Object>>>(List<Map<String, Object>> objects) -> {
              if (objects.isEmpty()) {
                problems.add(file + ": holds no object");
              }
              objects.forEach(object -> add(file, object));
            }
          }
        }
      }
    }

    private void add(Path file, Map<String, Object> object) {
      String kind = String.valueOf(object.get("kind"));
      String where = file + ": " + kind + " " + name(object);
      boolean isOurs =
          String.valueOf(object.get("apiVersion")).startsWith(PolicyResources.GROUP + "/");
      if (kind.equals(PolicyResources.SCALING_POLICY.names().kind())) {
        take(where, ScalingPolicyReader.read(object), policies);
      } else if (kind.equals(PolicyResources.GPU_POOL.names().kind())) {
        take(where, GpuPool.read(object), pools);
      } else if (kind.equals(PolicyResources.SCALING_PROFILE.names().kind())) {
        take(where, ScalingProfileReader.read(object), profiles);
      } else if (isOurs || !object.containsKey("apiVersion")) {
        List<String> kinds =
            PolicyResources.all().stream().map(CustomResource::names).map(it -> it.kind()).toList();
        complain(
            where,
            List.of(
                Problem.of(
                    "kind",
                    kind,
                    "is unknown; allowed: "
                        + String.join(", ", kinds)
                        + NearestName.hint(kind, kinds))));
      } else {
        others++;
      }
    }

    private <T> void take(String where, Read<T> read, List<Located<T>> into) {
      switch (read) {
        case Read.Valid<T>(T value) -> into.add(new Located<>(where, value));
        case Read.Invalid<T>(List<Problem> faults) -> complain(where, faults);
      }
    }

    private void complain(String where, List<Problem> faults) {
      faults.forEach(fault -> problems.add(where + ": " + fault));
    }

    private static String name(Map<String, Object> object) {
      return object.get("metadata") instanceof Map<?, ?> metadata && metadata.get("name") != null
          ? String.valueOf(metadata.get("name"))
          : "without a name";
    }
  }
}
