package io.gpuscaling.cli.doctor;

import io.gpuscaling.cli.doctor.InstallationReport.Read;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.policy.spec.MetricRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Whether workers announce the tasks that policies count. */
final class WorkerChecks {

  private static final CheckId CHECK = CheckId.WORKER_SESSIONS;

  /** A worker that is younger may still be loading its model. */
  static final long LOADING_SECONDS = 120;

  private static final Set<String> OF_TASKS =
      Set.of("active_gpu_processing_tasks_per_worker_node", "gpu_tasks_active", "gpu_workers_busy");

  private WorkerChecks() {}

  static List<Finding> sessions(Facts facts, Policies policies) {
    return switch (InstallationReport.of(facts, CHECK)) {
      case Read.Gap(Finding gap) -> List.of(gap);
      case Read.Told(InstallationReport report) when !report.workers().isObject() ->
          List.of(
              Finding.unknown(CHECK, "the adapter does not read pods", "run it in the cluster"));
      case Read.Told(InstallationReport report) -> {
        List<Finding> findings = new ArrayList<>();
        workloads(report).forEach((who, pods) -> findings.add(without(who, pods)));
        int unheard = report.workers().path("unheard").asInt(0);
        if (unheard > 0) {
          findings.add(
              Finding.unknown(
                  CHECK,
                  "nobody tells of "
                      + unheard
                      + " worker pods: the exporters of their nodes do not report leases",
                  "see dcgm-pages and gpu-exporters"));
        }
        if (report.leftOut("workers") > 0) {
          findings.add(
              Finding.unknown(
                  CHECK,
                  report.leftOut("workers") + " more pods without a session are not in the report",
                  "mend those that are told, and ask again"));
        }
        findings.addAll(withoutGpus(facts, policies));
        yield findings.isEmpty()
            ? List.of(
                Finding.ok(
                    CHECK,
                    report.workers().path("expected").asInt(0) + " worker pods have a session"))
            : findings;
      }
    };
  }

  private static Map<String, List<JsonNode>> workloads(InstallationReport report) {
    Map<String, List<JsonNode>> byWorkload = new TreeMap<>();
    for (JsonNode row : report.workers().path("withoutSession")) {
      String workload = InstallationReport.plain(row.path("workload"));
      String who =
          InstallationReport.plain(row.path("namespace"))
              + "/"
              + (workload.isEmpty()
                  ? "Pod/" + InstallationReport.plain(row.path("pod"))
                  : workload);
      byWorkload.computeIfAbsent(who, _ -> new ArrayList<>()).add(row);
    }
    return byWorkload;
  }

  private static Finding without(String who, List<JsonNode> pods) {
    String names =
        ReportChecks.named(
            pods.stream().map(it -> InstallationReport.plain(it.path("pod"))).toList());
    String reason = pods.size() + " pods of " + who + " have no task session: " + names;
    String fix =
        "have the worker open one (docs/how-to/report-tasks.md), or label its pods"
            + " gpuscaling.io/tasks: none if they run no tasks that count";
    boolean isByBroker =
        pods.stream().allMatch(it -> it.path("countedBy").asString("").equals("broker"));
    if (isByBroker) {
      return Finding.warning(CHECK, reason + "; what the broker says is counted meanwhile", fix);
    }
    boolean isLoading =
        pods.stream().allMatch(it -> it.path("ageSeconds").asLong(0) < LOADING_SECONDS);
    return isLoading
        ? Finding.warning(CHECK, reason + "; they are younger than " + LOADING_SECONDS + " s", fix)
        : Finding.fault(CHECK, reason + "; the tasks of " + who + " are not served", fix);
  }

  /** A pod that requests no GPU is not waited for, and is idle as long as it says nothing. */
  private static List<Finding> withoutGpus(Facts facts, Policies policies) {
    List<Finding> findings = new ArrayList<>();
    for (ScalingPolicy policy : policies.understood()) {
      String target = policy.policy().target().name();
      boolean counts =
          policy.policy().rules().stream().anyMatch(it -> countsTasksOf(it.metric(), target));
      Question kind =
          policy.policy().target().kind().equals("StatefulSet")
              ? Question.STATEFUL_SETS
              : Question.DEPLOYMENTS;
      Optional<JsonNode> template =
          facts.items(kind).stream()
              .filter(it -> KubeObject.namespace(it).equals(policy.policy().name().namespace()))
              .filter(it -> KubeObject.name(it).equals(target))
              .map(it -> it.at("/spec/template"))
              .findFirst();
      if (counts && template.isPresent() && !isWorker(template.get())) {
        findings.add(
            Finding.warning(
                CHECK,
                "policy "
                    + Policies.place(policy)
                    + " counts tasks, and the pods of "
                    + policy.policy().target()
                    + " are not taken for workers: one that says nothing counts as idle",
                "request nvidia.com/gpu (or a slice of one) in its pods, and take away the label"
                    + " gpuscaling.io/tasks: none"));
      }
    }
    return findings;
  }

  private static boolean countsTasksOf(MetricRef metric, String target) {
    return OF_TASKS.contains(metric.name())
        && switch (metric) {
          case MetricRef.OfTarget _ -> true;
          case MetricRef.Series(_, Map<String, String> labels) ->
              labels.getOrDefault("workload", "").equals(target);
          case MetricRef.Utilization _, MetricRef.Query _ -> false;
        };
  }

  private static boolean isWorker(JsonNode template) {
    if (template.at("/metadata/labels").path("gpuscaling.io/tasks").asString("").equals("none")) {
      return false;
    }
    for (JsonNode container : template.at("/spec/containers")) {
      for (String part : List.of("limits", "requests")) {
        if (container
            .path("resources")
            .path(part)
            .propertyStream()
            .anyMatch(it -> it.getKey().startsWith("nvidia.com/"))) {
          return true;
        }
      }
    }
    return false;
  }
}
