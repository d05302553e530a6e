package io.gpuscaling.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** What the doctor makes of what the adapter tells. */
class ReportedFaultsTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<Question, Fact> answers = new EnumMap<>(Question.class);

  ReportedFaultsTest() {
    for (Question question : Question.values()) {
      tell(question, "{\"items\": []}");
    }
    sources("");
  }

  private void tell(Question question, String json) {
    answers.put(question, new Fact.Told(JSON.readTree(json)));
  }

  private void report(String parts) {
    tell(Question.INSTALLATION_REPORT, "{\"kind\": \"InstallationReport\", " + parts + "}");
  }

  private void sources(String rows) {
    report("\"sources\": {\"well\": {\"dcgm\": 3}, \"others\": [" + rows + "]}, \"workers\": {}");
  }

  private void source(String who, String source, String state, String findings) {
    sources(
        "{%s, \"source\": \"%s\", \"state\": \"%s\", \"ageSeconds\": 9, \"reason\": \"why\"%s}"
            .formatted(who, source, state, findings));
  }

  private static String found(String code, String subject) {
    return ", \"findings\": [{\"code\": \"%s\", \"subject\": \"%s\"}]".formatted(code, subject);
  }

  private List<Finding> findings(CheckId check) {
    var facts =
        new Facts("gpuscaling", answers, Map.of(), Optional.empty(), Instant.EPOCH, Duration.ZERO);
    return Diagnosis.of(facts).findings().stream().filter(it -> it.check() == check).toList();
  }

  private void expect(CheckId check, Verdict verdict, String reason, String fix) {
    assertThat(findings(check))
        .anySatisfy(it -> {
          assertThat(it.verdict()).isEqualTo(verdict);
          assertThat(it.reason()).contains(reason);
          assertThat(it.fix()).contains(fix);
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DCGM_PAGES         | an older adapter
          DCGM_FIELDS        | an older adapter
          WORKER_SESSIONS    | an older adapter
          RABBITMQ_ACCESS    | an older adapter
          PROMETHEUS_ANSWERS | an older adapter
          """)
  void adapter_thatServesNoReport_isUnknown_neverOk(CheckId check, String fix) {
    answers.put(Question.INSTALLATION_REPORT, new Fact.Absent());
    expect(check, Verdict.UNKNOWN, "could not be asked", fix);
    answers.put(Question.INSTALLATION_REPORT, new Fact.Forbidden());
    expect(check, Verdict.UNKNOWN, "you may not get installationreports", "");
    answers.put(Question.INSTALLATION_REPORT, new Fact.Unreached("gone"));
    assertThat(findings(check)).extracting(Finding::verdict).containsExactly(Verdict.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          failing  | other_node  | fault   | the exporter of node gpu-1 has no page of dcgm-exporter (other_node): more | dcgm.url
          failing  | not_found   | fault   | (not_found): more   | see dcgm-exporters
          failing  | tls         | fault   | (tls): more         | dcgm.caFile
          failing  | empty       | fault   | (empty): more       | dcgm-exporter's log
          failing  | frozen      | fault   | (frozen): more      | restart dcgm-exporter
          failing  | unreachable | fault   | (unreachable): more | port 9400
          stale    | empty       | fault   | observed last 9 s ago | gpu-exporters
          starting | empty       | warning | has not read its first page | a minute
          """)
  void dcgmPage_thatIsNotRead_isTold(
      String state, String code, String verdict, String reason, String fix) {
    source("\"node\": \"gpu-1\"", "dcgm", state, found(code, "more"));

    expect(CheckId.DCGM_PAGES, Verdict.valueOf(verdict.toUpperCase(Locale.ROOT)), reason, fix);
    expect(CheckId.DCGM_FIELDS, Verdict.UNKNOWN, "1 exporters have no page", "dcgm-pages");
  }

  @Test
  void exporter_ofAnOlderVersion_isUnknown_neverOk() {
    source("\"node\": \"gpu-1\"", "dcgm", "ok", "");
    expect(CheckId.DCGM_PAGES, Verdict.UNKNOWN, "node gpu-1 could not be asked", "one version");
    expect(CheckId.DCGM_FIELDS, Verdict.UNKNOWN, "node gpu-1 could not be asked", "one version");
    source("\"queueReader\": \"r\"", "rabbitmq/default", "ok", "");
    expect(CheckId.RABBITMQ_ACCESS, Verdict.UNKNOWN, "broker default could not", "one version");
  }

  @Test
  void node_thatNeverReported_isAFault_andWhatIsLeftOutIsUnknown() {
    report(
        "\"nodes\": {\"withGpus\": 3, \"unreported\": [\"gpu-2\"]},"
            + " \"sources\": {\"leftOut\": 7}, \"workers\": {\"leftOut\": 5}");
    expect(
        CheckId.DCGM_PAGES, Verdict.FAULT, "of 3 GPU nodes: gpu-2", "log of the node's exporter");
    expect(CheckId.DCGM_PAGES, Verdict.UNKNOWN, "7 more sources", "");
    expect(CheckId.RABBITMQ_ACCESS, Verdict.UNKNOWN, "7 more sources", "");
    expect(CheckId.WORKER_SESSIONS, Verdict.UNKNOWN, "5 more pods", "");
  }

  @Test
  void field_thatIsMissing_isAFaultWhereItIsRead_withTheLineToAdd() {
    source("\"node\": \"gpu-1\"", "dcgm", "ok", found("field_missing", "DCGM_FI_DEV_FB_USED"));
    expect(
        CheckId.DCGM_FIELDS,
        Verdict.WARNING,
        "dcgm-exporter shows no DCGM_FI_DEV_FB_USED on node gpu-1: not served or not exact:"
            + " gpu_vram_total_bytes, gpu_vram_used_bytes, gpu_vram_used_ratio",
        "`DCGM_FI_DEV_FB_USED, gauge, used frame buffer`");
    assertThat(findings(CheckId.DCGM_PAGES))
        .extracting(Finding::verdict)
        .containsExactly(Verdict.OK);

    tell(
        Question.HPAS,
        """
        {"items": [{"metadata": {"name": "x", "namespace": "web"}, "spec": {"metrics": [
          {"external": {"metric": {"name": "gpu_vram_used_bytes"}}}]}}]}
        """);
    expect(CheckId.DCGM_FIELDS, Verdict.FAULT, "HPA web/x reads gpu_vram_used_bytes", "gauge");
    answers.put(Question.HPAS, new Fact.Forbidden());
    expect(CheckId.DCGM_FIELDS, Verdict.UNKNOWN, "who reads it could not be asked", "gauge");
  }

  @Test
  void xid_hasNoRowBeforeTheFirst_andAFieldOfTomorrowIsTold() {
    source("\"node\": \"gpu-1\"", "dcgm", "ok", found("field_missing", "DCGM_FI_DEV_XID_ERRORS"));
    expect(CheckId.DCGM_FIELDS, Verdict.WARNING, "gpu_healthy", "DCGM_FI_DEV_ROW_REMAP_FAILURE");
    source("\"node\": \"gpu-1\"", "dcgm", "ok", found("field_missing", "DCGM_FI_NEW"));
    expect(CheckId.DCGM_FIELDS, Verdict.WARNING, "DCGM_FI_NEW", "`DCGM_FI_NEW, gauge");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          amqp_refused       | vhost /: user or password refused | fault   | rabbitmq.passwordFile
          amqp_refused       | vhost a: no access to the vhost   | fault   | set_permissions -p VHOST
          amqp_unreachable   | vhost /: no connection            | fault   | rabbitmq.uri
          queue_refused      | vhost /, queue q                  | fault   | set_permissions
          queue_missing      | vhost /, queue q                  | fault   | declare the queue
          management_empty   | /: no queue is visible            | fault   | set_permissions
          management_failed  | nodes: status 401                 | warning | set_user_tags USER monitoring
          management_failed  | /: status 401                     | fault   | set_user_tags USER monitoring
          management_failed  | /: no whole answer: Connect       | fault   | enable rabbitmq_management
          prometheus_failed  | 10.0.0.9:15692: no whole answer   | fault   | enable rabbitmq_prometheus
          of_tomorrow        | something                         | warning | log of the queue reader
          """)
  void broker_thatCannotBeReadAsAWhole_isTold(
      String code, String subject, String verdict, String fix) {
    source("\"queueReader\": \"r-0\"", "rabbitmq/default", "failing", found(code, subject));

    expect(
        CheckId.RABBITMQ_ACCESS,
        Verdict.valueOf(verdict.toUpperCase(Locale.ROOT)),
        "broker default, " + subject + " (" + code + ")",
        fix);
  }

  @ParameterizedTest
  @CsvSource({
    "starting,UNKNOWN,has not been read yet",
    "stale,FAULT,is silent",
    "failing,FAULT,why"
  })
  void broker_ofWhichNothingWasFound_isJudgedByItsState(
      String state, Verdict verdict, String reason) {
    source("\"queueReader\": \"r-0\"", "rabbitmq/default", state, ", \"findings\": []");
    expect(CheckId.RABBITMQ_ACCESS, verdict, reason, "");
  }

  @Test
  void replica_thatDoesNotRead_isNotBlamed() {
    String idle =
        "{\"queueReader\": \"r-1\", \"source\": \"rabbitmq/default\", \"state\": \"starting\","
            + " \"findings\": []}";
    report("\"sources\": {\"well\": {\"rabbitmq/default\": 1}, \"others\": [" + idle + "]}");
    expect(CheckId.RABBITMQ_ACCESS, Verdict.OK, "read as a whole: rabbitmq/default", "");

    String reading =
        idle.replace("starting", "ok").replace("[]", "[{\"code\": \"queue_missing\"}]");
    sources(idle + "," + reading);
    assertThat(findings(CheckId.RABBITMQ_ACCESS))
        .singleElement()
        .satisfies(it -> assertThat(it.reason()).contains("queue_missing"));
  }

  @Test
  void noQueueReader_isAFaultOnlyWhereQueuesAreRead() {
    expect(CheckId.RABBITMQ_ACCESS, Verdict.OK, "no broker is read", "");
    tell(
        Question.HPAS,
        """
        {"items": [{"metadata": {"name": "x", "namespace": "web"}, "spec": {"metrics": [
          {"external": {"metric": {"name": "rabbitmq_queue_messages"}}}]}}]}
        """);
    expect(CheckId.RABBITMQ_ACCESS, Verdict.FAULT, "HPA web/x reads rabbitmq_queue_messages", "");
  }

  private void worker(String more) {
    report(
        "\"workers\": {\"expected\": 2, \"unheard\": 1, \"withoutSession\": [{\"namespace\": \"ai\","
            + " \"pod\": \"w-0\", \"node\": \"gpu-1\", "
            + more
            + "}]}");
  }

  @Test
  void worker_withoutASession_isAFaultOnceItHadTime() {
    worker("\"workload\": \"Deployment/worker\", \"ageSeconds\": 500");
    expect(
        CheckId.WORKER_SESSIONS,
        Verdict.FAULT,
        "1 pods of ai/Deployment/worker have no task session: w-0",
        "gpuscaling.io/tasks: none");
    expect(CheckId.WORKER_SESSIONS, Verdict.UNKNOWN, "nobody tells of 1 worker pods", "");
    worker("\"ageSeconds\": 20");
    expect(CheckId.WORKER_SESSIONS, Verdict.WARNING, "1 pods of ai/Pod/w-0 have", "label");
    worker("\"ageSeconds\": 500, \"countedBy\": \"broker\"");
    expect(CheckId.WORKER_SESSIONS, Verdict.WARNING, "what the broker says is counted", "label");
    report("\"nodes\": {}");
    expect(CheckId.WORKER_SESSIONS, Verdict.UNKNOWN, "does not read pods", "");
  }

  @Test
  void policy_thatCountsTasksOfPodsWithoutGpus_isAWarning() {
    tell(
        Question.POLICIES,
        """
        {"items": [{"apiVersion": "gpuscaling.io/v1alpha1", "kind": "ScalingPolicy",
         "metadata": {"name": "p", "namespace": "ai"},
         "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "worker"},
          "minReplicas": 1, "maxReplicas": 9,
          "rules": [{"name": "a", "metric": {"name": "gpu_tasks_active",
            "selector": {"matchLabels": {"workload": "worker"}}}, "scaleUp": {"threshold": 9}}]}}]}
        """);
    String deployment =
        """
        {"items": [{"metadata": {"name": "worker", "namespace": "ai"}, "spec": {"template":
         {"metadata": {"labels": {%s}}, "spec": {"containers": [{"resources": {%s}}]}}}}]}
        """;
    tell(Question.DEPLOYMENTS, deployment.formatted("", ""));
    expect(CheckId.WORKER_SESSIONS, Verdict.WARNING, "policy ai/p counts tasks", "nvidia.com/gpu");
    String gpu = "\"limits\": {\"nvidia.com/gpu\": 1}";
    tell(Question.DEPLOYMENTS, deployment.formatted("\"gpuscaling.io/tasks\": \"none\"", gpu));
    expect(CheckId.WORKER_SESSIONS, Verdict.WARNING, "policy ai/p counts tasks", "tasks: none");
    tell(Question.DEPLOYMENTS, deployment.formatted("", gpu));
    assertThat(findings(CheckId.WORKER_SESSIONS))
        .extracting(Finding::reason)
        .noneMatch(it -> it.contains("policy ai/p"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          query p95: Prometheus cannot be reached | FAULT   | prometheus.url
          query p95: no series                    | FAULT   | ask Prometheus the text
          query p95: it has not been answered yet | WARNING | a minute
          """)
  void query_withoutANumber_isTold(String problem, Verdict verdict, String fix) {
    report(
        "\"queries\": {\"used\": 1, \"withoutNumber\": [{\"query\": \"p95\", \"problem\": \"%s\"}]}"
            .formatted(problem));
    expect(CheckId.PROMETHEUS_ANSWERS, verdict, problem, fix);
  }

  @Test
  void text_ofOthers_cannotSteerATerminal() {
    source("\"node\": \"gpu-1\"", "dcgm", "failing", found("other_node", "a\\u001b[31mred"));
    expect(CheckId.DCGM_PAGES, Verdict.FAULT, "a?[31mred", "");
  }
}
