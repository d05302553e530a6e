package io.gpuscaling.cli.doctor;

import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.policy.spec.MetricRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Whether policies and HPAs may read what they ask for. */
final class PolicyChecks {

  /** Metrics of nodes alone, which a namespace reads only where it is granted nodes. */
  private static final Set<String> OF_NODES =
      Set.of(
          "gpu_vram_used_ratio",
          "gpu_utilization_ratio",
          "gpu_temperature_celsius",
          "gpu_power_watts",
          "gpu_count",
          "gpu_healthy",
          "gpu_vram_fit_replicas");

  private static final String OF_QUEUES = "rabbitmq_";

  private PolicyChecks() {}

  /** Something in a namespace reads a metric. */
  private record Reader(String who, String namespace, String metric, Optional<String> queue) {}

  static List<Finding> ready(Facts facts) {
    CheckId check = CheckId.POLICIES_READY;
    Optional<Finding> gap = facts.gap(check, Question.POLICIES);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    if (facts.answer(Question.POLICIES) instanceof Fact.Absent) {
      return List.of(
          Finding.warning(
              check, "the cluster knows no ScalingPolicy", "kubectl apply -k manifests/crds"));
    }
    List<Finding> findings = new ArrayList<>();
    for (JsonNode policy : facts.items(Question.POLICIES)) {
      Optional<JsonNode> ready = KubeObject.condition(policy, "Ready");
      String name = "policy " + KubeObject.place(policy);
      if (ready.isEmpty()) {
        findings.add(
            Finding.fault(
                check,
                name + " has not been looked at by any adapter",
                "see adapter-replicas, policy-leader and adapter-rights"));
      } else if (!KubeObject.isTrue(ready.get())) {
        findings.add(
            Finding.fault(
                check,
                name
                    + " is not Ready: "
                    + ready.get().path("reason").asString("")
                    + ": "
                    + ready.get().path("message").asString(""),
                "docs/policies.md says what each reason wants"));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.ok(check, facts.items(Question.POLICIES).size() + " policies are Ready"))
        : findings;
  }

  static List<Finding> grants(Facts facts, Policies policies) {
    CheckId check = CheckId.NAMESPACE_GRANTS;
    Optional<Finding> gap =
        facts.gap(check, Question.ADAPTER_CONFIG, Question.POLICIES, Question.HPAS);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    Optional<AdapterConfig> config = AdapterConfig.of(facts);
    if (config.isEmpty()) {
      return List.of(unreadable(facts, check));
    }
    List<Finding> findings = new ArrayList<>();
    for (Reader reader : readers(facts, policies)) {
      boolean isGranted =
          reader.metric().startsWith(OF_QUEUES)
              ? config.get().grantsQueue(reader.namespace(), reader.queue())
              : config.get().grantsNodes(reader.namespace());
      if (!isGranted) {
        findings.add(
            Finding.fault(
                check,
                reader.who()
                    + " reads "
                    + reader.metric()
                    + reader.queue().map(it -> " of queue " + it).orElse("")
                    + ", which is not granted to namespace "
                    + reader.namespace(),
                "add the namespace to grants in ConfigMap "
                    + facts.namespace()
                    + "/metrics-adapter"));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.ok(check, "what policies and HPAs read is granted to their namespaces"))
        : findings;
  }

  private static List<Reader> readers(Facts facts, Policies policies) {
    List<Reader> readers = new ArrayList<>();
    for (ScalingPolicy policy : policies.understood()) {
      policy
          .policy()
          .rules()
          .forEach(rule -> {
            if (rule.metric() instanceof MetricRef.Series(String name, var labels)) {
              readers.add(
                  new Reader(
                      "policy " + Policies.place(policy),
                      policy.policy().name().namespace(),
                      name,
                      Optional.ofNullable(labels.get("queue"))));
            }
          });
    }
    for (JsonNode hpa : facts.items(Question.HPAS)) {
      for (JsonNode metric : hpa.at("/spec/metrics")) {
        JsonNode external = metric.at("/external/metric");
        readers.add(
            new Reader(
                "HPA " + KubeObject.place(hpa),
                KubeObject.namespace(hpa),
                external.path("name").asString(""),
                Optional.ofNullable(external.at("/selector/matchLabels/queue").asString(null))));
      }
    }
    return readers.stream()
        .filter(it -> it.metric().startsWith(OF_QUEUES) || OF_NODES.contains(it.metric()))
        .toList();
  }

  static List<Finding> queries(Facts facts, Policies policies) {
    CheckId check = CheckId.PROMETHEUS_QUERIES;
    Optional<Finding> gap = facts.gap(check, Question.ADAPTER_CONFIG, Question.POLICIES);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    Optional<AdapterConfig> config = AdapterConfig.of(facts);
    if (config.isEmpty()) {
      return List.of(unreadable(facts, check));
    }
    List<Finding> findings = new ArrayList<>();
    Set<String> used = new TreeSet<>();
    for (ScalingPolicy policy : policies.understood()) {
      policy.policy().rules().stream()
          .map(it -> it.metric())
          .filter(MetricRef.Query.class::isInstance)
          .map(it -> ((MetricRef.Query) it).query())
          .filter(used::add)
          .forEach(it -> query(policy, it, config.get(), findings));
    }
    return findings.isEmpty()
        ? List.of(Finding.ok(check, used.size() + " queries are used, each there and granted"))
        : findings;
  }

  private static void query(
      ScalingPolicy policy, String query, AdapterConfig config, List<Finding> findings) {
    String namespace = policy.policy().name().namespace();
    String who = "policy " + Policies.place(policy) + " uses query " + query;
    Optional<List<String>> namespaces = config.namespacesOfQuery(query);
    if (namespaces.isEmpty()) {
      findings.add(
          Finding.fault(
              CheckId.PROMETHEUS_QUERIES,
              who + ", and there is none of this name",
              "add it to prometheus.queries of the adapter; there are: "
                  + String.join(", ", config.queries())));
    } else if (!config.names(namespaces.get(), namespace)) {
      findings.add(
          Finding.fault(
              CheckId.PROMETHEUS_QUERIES,
              who + ", which is not for namespace " + namespace,
              "add the namespace to the query's namespaces"));
    } else if (!config.hasPrometheus()) {
      findings.add(
          Finding.fault(
              CheckId.PROMETHEUS_QUERIES,
              who + ", and the adapter has no Prometheus to ask",
              "set prometheus.url"));
    }
  }

  private static Finding unreadable(Facts facts, CheckId check) {
    return Finding.unknown(
        check,
        "there is no config.yaml to be understood in ConfigMap "
            + facts.namespace()
            + "/metrics-adapter",
        "name the programs' namespace by --namespace; see metrics-adapter check-config");
  }
}
