package io.gpuscaling.testkit.manifests;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The objects that kustomize rendered, and how they refer to each other. */
record Rendered(String yaml, List<JsonNode> objects) {

  static Rendered parse(String yaml) {
    var json = new JsonMapper();
    var objects = new ArrayList<JsonNode>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
      objects.add(json.valueToTree(document));
    }
    return new Rendered(yaml, List.copyOf(objects));
  }

  List<JsonNode> ofKind(String kind) {
    return objects.stream().filter(o -> o.path("kind").asString().equals(kind)).toList();
  }

  JsonNode named(String kind, String name) {
    return ofKind(kind).stream()
        .filter(o -> name(o).equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
  }

  /** Workloads with a pod template. */
  List<JsonNode> workloads() {
    return Stream.concat(ofKind("Deployment").stream(), ofKind("DaemonSet").stream()).toList();
  }

  /** The workloads whose pods have these labels. */
  List<JsonNode> selectedBy(JsonNode labels) {
    return workloads().stream()
        .filter(workload -> {
          var podLabels = workload.at("/spec/template/metadata/labels");
          return labels.properties().stream()
              .allMatch(label -> label.getValue().equals(podLabels.path(label.getKey())));
        })
        .toList();
  }

  static String name(JsonNode object) {
    return object.at("/metadata/name").asString();
  }

  static JsonNode podSpec(JsonNode workload) {
    return workload.at("/spec/template/spec");
  }

  static JsonNode container(JsonNode workload) {
    return podSpec(workload).at("/containers/0");
  }

  /** The container's ports by name. */
  static Map<String, Integer> ports(JsonNode workload) {
    return container(workload)
        .path("ports")
        .valueStream()
        .collect(
            Collectors.toMap(
                port -> port.path("name").asString(), port -> port.path("containerPort").asInt()));
  }

  /** The value of a flag of the container. */
  static String flag(JsonNode workload, String flag) {
    return container(workload)
        .path("args")
        .valueStream()
        .map(JsonNode::asString)
        .filter(argument -> argument.startsWith(flag + "="))
        .map(argument -> argument.substring(flag.length() + 1))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name(workload) + " has no " + flag));
  }
}
