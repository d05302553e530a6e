package io.gpuscaling.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.cli.doctor.Facts.Access;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DiagnosisTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00.5Z");

  private static final String POLICY =
      """
      {"apiVersion": "gpuscaling.io/v1alpha1", "kind": "ScalingPolicy",
       "metadata": {"name": "p", "namespace": "ai"},
       "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "worker"},
        "minReplicas": 1, "maxReplicas": 9,
        "rules": [
         {"name": "a", "metric": {"name": "rabbitmq_queue_messages_ready",
           "selector": {"matchLabels": {"queue": "n8n.jobs"}}}, "scaleUp": {"threshold": 9}},
         {"name": "b", "metric": {"name": "p95", "query": "p95"}, "scaleUp": {"threshold": 9}}]},
       "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
      """;

  private static final String HPA =
      """
      {"metadata": {"name": "worker", "namespace": "ai"},
       "spec": {"minReplicas": 1, "maxReplicas": 9,
        "scaleTargetRef": {"kind": "Deployment", "name": "worker"},
        "metrics": [{"object": {"metric": {"name": "scaling_policy_desired_replicas"}}}]}}
      """;

  private final Map<Question, Fact> answers = new EnumMap<>(Question.class);
  private Instant now = NOW;

  /** A small cluster in which all is well, as far as no certificate is looked at. */
  DiagnosisTest() {
    for (Question question : Question.values()) {
      tell(question, "{\"items\": []}");
    }
    tell(Question.CALLER, "{\"metadata\": {\"creationTimestamp\": \"2026-06-01T12:00:00Z\"}}");
    tell(Question.ADAPTER, "{\"spec\": {\"replicas\": 2}, \"status\": {\"readyReplicas\": 2}}");
    tell(
        Question.POLICY_LEASE,
        """
        {"spec": {"holderIdentity": "a", "renewTime": "2026-06-01T11:59:58.000000Z"}}
        """);
    config(
        "grants: [{namespaces: [ai], queues: [{queue: 'n8n.*'}], nodes: true}]",
        "prometheus: {url: 'http://p', queries: [{name: p95, query: up, namespaces: ['*']}]}");
    tell(Question.EXPORTER_CONFIG, "{\"data\": {\"config.yaml\": \"dcgm:\\n  url: http://d\"}}");
    list(Question.POLICIES, POLICY);
    list(Question.HPAS, HPA);
    list(
        Question.DEPLOYMENTS,
        "{\"metadata\": {\"name\": \"worker\", \"namespace\": \"ai\"}, \"spec\": {\"replicas\": 2}}");
    tell(
        Question.INSTALLATION_REPORT,
        """
        {"kind": "InstallationReport", "nodes": {"withGpus": 1, "unreported": []},
         "sources": {"well": {"dcgm": 1, "rabbitmq/default": 1}, "others": []},
         "workers": {"expected": 2, "unheard": 0, "withoutSession": []},
         "queries": {"used": 1, "withoutNumber": []}}
        """);
    String probe =
        """
        {"spec": {"minReplicas": %d, "behavior":
         {"scaleUp": {"tolerance": "0"}, "scaleDown": {"tolerance": "0"}}}}
        """;
    tell(Question.TOLERANCE_PROBE, probe.formatted(1));
    tell(Question.ZERO_PROBE, probe.formatted(0));
  }

  private void tell(Question question, String json) {
    answers.put(question, new Fact.Told(JSON.readTree(json)));
  }

  private void list(Question question, String... items) {
    tell(question, "{\"items\": [" + String.join(",", items) + "]}");
  }

  private void config(String... lines) {
    answers.put(
        Question.ADAPTER_CONFIG,
        new Fact.Told(
            JSON.valueToTree(Map.of("data", Map.of("config.yaml", String.join("\n", lines))))));
  }

  private Facts facts() {
    Map<Access, Boolean> accesses = new HashMap<>();
    Right.ofExporter()
        .forEach(
            it -> accesses.put(new Access("system:serviceaccount:gpuscaling:exporter", it), true));
    return new Facts(
        "gpuscaling", answers, accesses, Optional.empty(), now, Duration.ofMillis(300));
  }

  private List<Finding> findings(CheckId check) {
    return Diagnosis.of(facts()).findings().stream().filter(it -> it.check() == check).toList();
  }

  private void expect(CheckId check, Verdict verdict, String reason) {
    assertThat(findings(check))
        .anySatisfy(it -> {
          assertThat(it.reason()).contains(reason);
          assertThat(it.verdict()).isEqualTo(verdict);
        });
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "API_SERVER",
        "ADAPTER_REPLICAS",
        "POLICY_LEADER",
        "EXPORTER_RIGHTS",
        "CLOCK_SKEW",
        "HPA_TOLERANCE",
        "HPA_SCALE_TO_ZERO",
        "DCGM_EXPORTERS",
        "DCGM_PAGES",
        "DCGM_FIELDS",
        "WORKER_SESSIONS",
        "RABBITMQ_ACCESS",
        "POLICIES_READY",
        "TARGET_FOLLOWED",
        "TARGET_AUTOSCALERS",
        "TARGET_STRANDED",
        "NAMESPACE_GRANTS",
        "PROMETHEUS_QUERIES",
        "PROMETHEUS_ANSWERS"
      })
  void check_ofAHealthyCluster_isOk(CheckId check) {
    assertThat(findings(check)).extracting(Finding::verdict).containsExactly(Verdict.OK);
  }

  @Test
  void everyCheck_ofAnything_saysSomething() {
    assertThat(Diagnosis.of(facts()).findings())
        .extracting(Finding::check)
        .containsAll(List.of(CheckId.values()));
  }

  @Test
  void ownClock_aheadOrBehind_isFound() {
    now = NOW.plusSeconds(120);
    expect(CheckId.CLOCK_SKEW, Verdict.FAULT, "s ahead of the API server's");
    now = NOW.minusSeconds(12);
    expect(CheckId.CLOCK_SKEW, Verdict.WARNING, "s behind the API server's");
  }

  @Test
  void serverThatSaysNoTime_leavesClocksUnknown() {
    answers.put(Question.CALLER, new Fact.Absent());
    expect(CheckId.CLOCK_SKEW, Verdict.UNKNOWN, "does not say its time");
    expect(CheckId.POLICY_LEADER, Verdict.UNKNOWN, "does not say its time");
  }

  @Test
  void leader_missing_isAFaultOnlyWithPolicies() {
    answers.put(Question.POLICY_LEASE, new Fact.Absent());
    expect(CheckId.POLICY_LEADER, Verdict.FAULT, "no replica of the adapter leads");
    list(Question.POLICIES);
    expect(CheckId.POLICY_LEADER, Verdict.OK, "there are no policies");
  }

  @Test
  void adapter_withFewReplicas_isAWarning_withNoneAFault() {
    tell(Question.ADAPTER, "{\"spec\": {\"replicas\": 2}, \"status\": {\"readyReplicas\": 1}}");
    expect(CheckId.ADAPTER_REPLICAS, Verdict.WARNING, "1 of 2");
    tell(Question.ADAPTER, "{\"spec\": {\"replicas\": 2}}");
    expect(CheckId.ADAPTER_REPLICAS, Verdict.FAULT, "0 of 2");
  }

  @Test
  void apis_ofOthers_areNamedWithTheirProduct() {
    list(
        Question.API_SERVICES,
        apiService("v1beta1.external.metrics.k8s.io", "keda", "keda-metrics-apiserver", ""),
        apiService("v1beta1.custom.metrics.k8s.io", "gpuscaling", "metrics-adapter", ""),
        "{\"metadata\": {\"name\": \"v1beta2.custom.metrics.k8s.io\"}, \"spec\": {}}");
    expect(CheckId.API_OWNER, Verdict.WARNING, "leads to keda/keda-metrics-apiserver (KEDA)");
    expect(CheckId.API_OWNER, Verdict.FAULT, "leads to the API server itself");
    expect(CheckId.API_AVAILABLE, Verdict.FAULT, "the API server has not looked yet");
    expect(CheckId.API_CERTIFICATE, Verdict.FAULT, "has no caBundle");
  }

  @Test
  void apis_thatTakeAnyCertificate_areAWarning() {
    list(
        Question.API_SERVICES,
        apiService(
            "v1beta1.custom.metrics.k8s.io",
            "gpuscaling",
            "metrics-adapter",
            ", \"insecureSkipTLSVerify\": true"));
    expect(CheckId.API_CERTIFICATE, Verdict.WARNING, "takes any certificate");
  }

  private static String apiService(String name, String namespace, String service, String more) {
    return "{\"metadata\": {\"name\": \"%s\"}, \"spec\": {\"service\": {\"namespace\": \"%s\", \"name\": \"%s\"}%s}}"
        .formatted(name, namespace, service, more);
  }

  @Test
  void scaleToZero_isAskedForOnlyByPoliciesThatWantIt() {
    answers.put(Question.ZERO_PROBE, new Fact.Refused("spec.minReplicas: must be 1"));
    expect(CheckId.HPA_SCALE_TO_ZERO, Verdict.OK, "no policy goes to 0");
    list(Question.POLICIES, POLICY.replace("\"minReplicas\": 1", "\"minReplicas\": 0"));
    expect(CheckId.HPA_SCALE_TO_ZERO, Verdict.FAULT, "ai/p");
    answers.put(Question.ZERO_PROBE, new Fact.Refused("a webhook says no"));
    expect(CheckId.HPA_SCALE_TO_ZERO, Verdict.UNKNOWN, "a webhook says no");
    answers.put(Question.ZERO_PROBE, new Fact.Forbidden());
    expect(CheckId.HPA_SCALE_TO_ZERO, Verdict.UNKNOWN, "you may not create");
  }

  @Test
  void scaledObject_onAPolicysTarget_orBesideAnHpa_isFound() {
    list(
        Question.SCALED_OBJECTS,
        """
        {"metadata": {"name": "so", "namespace": "ai"},
         "spec": {"scaleTargetRef": {"name": "worker"}}}
        """);
    expect(
        CheckId.TARGET_AUTOSCALERS,
        Verdict.FAULT,
        "ai/Deployment/worker is scaled by HPA worker and ScaledObject so");
    list(
        Question.HPAS,
        HPA.replace(
            "\"namespace\": \"ai\"}",
            "\"namespace\": \"ai\", \"ownerReferences\": [{\"kind\": \"ScaledObject\"}]}"));
    expect(CheckId.TARGET_AUTOSCALERS, Verdict.FAULT, "ScaledObject so and policy p");
  }

  @Test
  void twoPolicies_ofOneTarget_areFound() {
    list(Question.POLICIES, POLICY, POLICY.replace("\"p\"", "\"q\""));
    expect(CheckId.TARGET_AUTOSCALERS, Verdict.FAULT, "is the target of policy p and policy q");
  }

  @Test
  void hpa_thatIsNarrowerOrGetsNothing_isFound() {
    list(
        Question.HPAS,
        HPA.replace("\"maxReplicas\": 9", "\"maxReplicas\": 5")
            .replaceFirst(
                "\\}\\s*$",
                ", \"status\": {\"conditions\": [{\"type\": \"ScalingActive\", \"status\":"
                    + " \"False\", \"message\": \"no metrics\"}]}}"));
    expect(CheckId.TARGET_FOLLOWED, Verdict.WARNING, "allows 1 to 5 replicas");
    expect(CheckId.TARGET_FOLLOWED, Verdict.FAULT, "gets no number: no metrics");
  }

  @Test
  void policies_notReadyOrUnknownToTheCluster_areTold() {
    list(Question.POLICIES, POLICY.replace("\"status\": \"True\"", "\"status\": \"False\""));
    expect(CheckId.POLICIES_READY, Verdict.FAULT, "policy ai/p is not Ready");
    answers.put(Question.POLICIES, new Fact.Absent());
    expect(CheckId.POLICIES_READY, Verdict.WARNING, "knows no ScalingPolicy");
  }

  @Test
  void policies_thatAreNotUnderstood_leaveWhatRestsOnThemUnknown() {
    list(Question.POLICIES, POLICY, POLICY.replace("\"maxReplicas\"", "\"ofTomorrow\""));
    expect(CheckId.TARGET_FOLLOWED, Verdict.UNKNOWN, "does not understand ai/p");
    expect(CheckId.NAMESPACE_GRANTS, Verdict.UNKNOWN, "does not understand ai/p");
  }

  @Test
  void queries_notForTheNamespace_orWithoutPrometheus_areFound() {
    config("prometheus: {url: 'http://p', queries: [{name: p95, namespaces: [web]}]}");
    expect(CheckId.PROMETHEUS_QUERIES, Verdict.FAULT, "which is not for namespace ai");
    config("prometheus: {queries: [{name: p95, namespaces: ['*']}]}");
    expect(CheckId.PROMETHEUS_QUERIES, Verdict.FAULT, "has no Prometheus to ask");
    expect(CheckId.NAMESPACE_GRANTS, Verdict.FAULT, "not granted to namespace ai");
    config("prometheus: [");
    expect(CheckId.PROMETHEUS_QUERIES, Verdict.UNKNOWN, "no config.yaml");
    expect(CheckId.NAMESPACE_GRANTS, Verdict.UNKNOWN, "no config.yaml");
  }

  @Test
  void hpa_onNodesOfAnotherTenant_wantsAGrant() {
    list(
        Question.HPAS,
        HPA,
        """
        {"metadata": {"name": "x", "namespace": "web"}, "spec": {
         "scaleTargetRef": {"kind": "StatefulSet", "name": "x"},
         "metrics": [{"external": {"metric": {"name": "gpu_utilization_ratio"}}}]}}
        """);
    expect(CheckId.NAMESPACE_GRANTS, Verdict.FAULT, "HPA web/x reads gpu_utilization_ratio");
  }

  @Test
  void apiServer_thatRefuses_isAFault() {
    answers.put(Question.CALLER, new Fact.Refused("log in"));
    expect(CheckId.API_SERVER, Verdict.FAULT, "log in");
    answers.put(Question.CALLER, new Fact.Forbidden());
    expect(CheckId.API_SERVER, Verdict.OK, "answers");
    answers.put(Question.NODES, new Fact.Refused("too old"));
    expect(CheckId.GPU_EXPORTERS, Verdict.UNKNOWN, "refused to list nodes: too old");
  }

  @Test
  void rights_ofTheShippedRoles_areAskedFor() throws IOException {
    Set<String> asked = new HashSet<>();
    Right.ofAdapter("gpuscaling").forEach(it -> asked.add(resource(it)));
    for (JsonNode object : manifest("metrics-adapter.yaml")) {
      if (object.path("kind").asString("").endsWith("Role")
          && object.at("/metadata/name").asString("").endsWith("metrics-adapter")) {
        assertThat(asked).containsAll(resources(object));
      }
    }
    Set<String> ofExporter = new HashSet<>();
    Right.ofExporter().forEach(it -> ofExporter.add(resource(it)));
    for (JsonNode object : manifest("exporter.yaml")) {
      if (object.path("kind").asString("").equals("ClusterRole")) {
        assertThat(resources(object)).isEqualTo(ofExporter);
      }
    }
  }

  private static String resource(Right right) {
    return right.group()
        + "/"
        + right.resource()
        + (right.subresource().isEmpty() ? "" : "/" + right.subresource());
  }

  private static Set<String> resources(JsonNode role) {
    Set<String> resources = new HashSet<>();
    for (JsonNode rule : role.path("rules")) {
      for (JsonNode group : rule.path("apiGroups")) {
        rule.path("resources").forEach(it -> resources.add(group.asString() + "/" + it.asString()));
      }
    }
    return resources;
  }

  private static JsonNode manifest(String name) throws IOException {
    String text = Files.readString(Path.of("..", "manifests", "base", name));
    return YamlDocuments.read(text)
            instanceof Read.Valid<List<Map<String, Object>>>(List<Map<String, Object>> documents)
        ? JSON.valueToTree(documents)
        : JSON.createArrayNode();
  }
}
