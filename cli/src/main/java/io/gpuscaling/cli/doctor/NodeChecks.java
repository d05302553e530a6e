package io.gpuscaling.cli.doctor;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Whether what measures runs where there is something to measure. */
final class NodeChecks {

  private static final String GPU = "nvidia.com/gpu";
  private static final int NAMED = 10;

  private NodeChecks() {}

  static Finding exporters(Facts facts) {
    CheckId check = CheckId.GPU_EXPORTERS;
    Optional<Finding> gap = facts.gap(check, Question.NODES, Question.OWN_PODS);
    if (gap.isPresent()) {
      return gap.get();
    }
    Set<String> covered =
        nodesOf(
            facts.items(Question.OWN_PODS).stream()
                .filter(it ->
                    it.at("/metadata/labels")
                        .path("app.kubernetes.io/name")
                        .asString("")
                        .equals("exporter")));
    return missing(
        facts,
        check,
        "exporter",
        covered,
        "the DaemonSet exporter runs on nodes labelled nvidia.com/gpu.present=true: see the node's"
            + " labels and taints, then `kubectl -n "
            + facts.namespace()
            + " describe pods`");
  }

  static Finding dcgmExporters(Facts facts) {
    CheckId check = CheckId.DCGM_EXPORTERS;
    String config =
        facts.object(Question.EXPORTER_CONFIG).at("/data").path("config.yaml").asString("");
    if (facts.answer(Question.EXPORTER_CONFIG) instanceof Fact.Told
        && !config.contains("url: auto")) {
      return Finding.ok(check, "not looked for: dcgm.url of the exporters is not auto");
    }
    Optional<Finding> gap =
        facts.gap(check, Question.NODES, Question.DCGM_OF_OPERATOR, Question.DCGM_OF_CHART);
    if (gap.isPresent()) {
      return gap.get();
    }
    Set<String> covered =
        nodesOf(
            Stream.concat(
                facts.items(Question.DCGM_OF_OPERATOR).stream(),
                facts.items(Question.DCGM_OF_CHART).stream()));
    return missing(
        facts,
        check,
        "dcgm-exporter",
        covered,
        "install NVIDIA's GPU operator or dcgm-exporter there, or read NVML"
            + " (docs/how-to/read-nvml.md)");
  }

  private static Finding missing(
      Facts facts, CheckId check, String what, Set<String> covered, String fix) {
    List<String> gpuNodes =
        facts.items(Question.NODES).stream()
            .filter(it -> it.at("/status/allocatable").path(GPU).asInt(0) > 0)
            .map(KubeObject::name)
            .sorted()
            .toList();
    List<String> bare = gpuNodes.stream().filter(it -> !covered.contains(it)).toList();
    if (gpuNodes.isEmpty()) {
      return Finding.warning(
          check,
          "no node has " + GPU + " to allocate",
          "install NVIDIA's device plug-in, if there are GPUs");
    }
    return bare.isEmpty()
        ? Finding.ok(check, "a ready " + what + " on each of " + gpuNodes.size() + " GPU nodes")
        : Finding.fault(
            check,
            "no ready "
                + what
                + " on "
                + bare.size()
                + " of "
                + gpuNodes.size()
                + " GPU nodes: "
                + bare.stream().limit(NAMED).collect(Collectors.joining(", "))
                + (bare.size() > NAMED ? " ..." : ""),
            fix);
  }

  private static Set<String> nodesOf(Stream<JsonNode> pods) {
    return pods.filter(it -> KubeObject.isTrue(it, "Ready"))
        .map(it -> it.at("/spec/nodeName").asString(""))
        .collect(Collectors.toCollection(HashSet::new));
  }
}
