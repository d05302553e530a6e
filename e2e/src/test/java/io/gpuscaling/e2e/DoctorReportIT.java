package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.e2e.world.Backlog;
import io.gpuscaling.e2e.world.CommandLineUser;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.RecordedDcgm;
import io.gpuscaling.e2e.world.SeparateInstallation;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What only the programs know, from a fault at their other side to what the doctor says: real
 * exporters, adapters, API server and broker. On a control plane of its own, since all is sick.
 */
@Timeout(420)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoctorReportIT {

  private static final String NAMESPACE = "doctor-it";
  private static final String USER = "doctor-reader";
  private static final String PASSWORD = "doctor-password";
  private static final Duration DEADLINE = Duration.ofMinutes(3);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private CommandLineUser person;
  private ControlPlane plane;

  @SuppressWarnings("NullAway.Init") // before all tests
  DoctorReportIT() {}

  @BeforeAll
  void makeItSick() throws Exception {
    Path folder = Path.of("target", "doctor-report").toAbsolutePath();
    int nobody = LoopbackPorts.free(1).getFirst();
    var separate =
        SeparateInstallation.start(
            folder,
            Installation.LeaseTimes.SHORT,
            """
            prometheus:
              url: http://127.0.0.1:%d
              interval: 1s
              queries: [{name: p95, query: up, namespaces: [doctor-it]}]
            """
                .formatted(nobody));
    open.push(separate);
    plane = separate.plane();
    Installation installation = separate.installation();
    plane.objects().namespace(NAMESPACE);
    nodes(installation);
    queues(installation, folder);
    policy();
    person = new CommandLineUser(plane);
  }

  /** One page without a field, one of two hosts, one node without an exporter, a mute worker. */
  private void nodes(Installation installation) {
    for (String node : List.of("doc-fields", "doc-foreign", "doc-silent")) {
      plane.objects().gpuNode(node, 8);
    }
    open.push(
        Exporter.onNode(
            installation, "doc-fields", RecordedDcgm.start(DoctorReportIT::withoutUsedMemory)));
    open.push(
        Exporter.onNode(
            installation, "doc-foreign", RecordedDcgm.start(DoctorReportIT::withAnotherHost)));
    var pod = GpuPod.onNode(NAMESPACE, "mute", "doc-fields").withGpus(1);
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);
  }

  private static String withoutUsedMemory(String page) {
    List<String> lines = new ArrayList<>(page.lines().toList());
    lines.removeIf(it -> it.contains("DCGM_FI_DEV_FB_USED"));
    return String.join("\n", lines) + "\n";
  }

  /** As behind a Service that leads to the exporters of several nodes. */
  private static String withAnotherHost(String page) {
    String row =
        page.lines().filter(it -> it.startsWith("DCGM_FI_DEV_SM_CLOCK{")).findFirst().orElseThrow();
    return page
        + row.replaceAll("Hostname=\"[^\"]*\"", "Hostname=\"doc-elsewhere\"")
            .replaceAll("UUID=\"[^\"]*\"", "UUID=\"GPU-another\"")
        + "\n";
  }

  /** A user as the documentation asks for, but for the tag; a vhost that is closed to it. */
  private void queues(Installation installation, Path folder) throws Exception {
    var broker =
        RabbitMqBroker.start(
            folder.resolve("broker"),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT));
    open.push(broker);
    new Backlog(broker).declare(List.of("doc.jobs"));
    broker.rabbitmqctl("add_user", USER, PASSWORD).orThrow();
    broker.rabbitmqctl("set_user_tags", USER, "management").orThrow();
    broker.rabbitmqctl("set_permissions", USER, "^$", "^doc[.].*$", "^$").orThrow();
    broker.rabbitmqctl("add_vhost", "closed").orThrow();
    open.push(
        Exporter.ofQueues(
            installation,
            "doc-queue-reader",
            URI.create("amqp://" + USER + ":" + PASSWORD + "@127.0.0.1:" + broker.port()),
            List.of("doc.jobs"),
            List.of(
                "--rabbitmq-management-url=http://127.0.0.1:" + broker.managementPort(),
                // The plug-in is not enabled, so nobody listens there.
                "--rabbitmq-prometheus-url=http://127.0.0.1:" + broker.prometheusPort())));
    open.push(
        Exporter.ofQueues(
            installation,
            "doc-closed-reader",
            URI.create(
                "amqp://" + USER + ":" + PASSWORD + "@127.0.0.1:" + broker.port() + "/closed"),
            List.of("doc.other"),
            List.of("--rabbitmq-broker=closed")));
  }

  private void policy() {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "wanting", 1));
    plane
        .kubectl()
        .apply(
            """
            apiVersion: gpuscaling.io/v1alpha1
            kind: ScalingPolicy
            metadata: {name: wanting, namespace: doctor-it}
            spec:
              scaleTargetRef: {kind: Deployment, name: wanting}
              minReplicas: 1
              maxReplicas: 5
              evaluationInterval: 1s
              rules:
                - name: p95
                  metric: {name: p95_seconds, query: p95}
                  scaleUp: {threshold: 3}
                - name: memory
                  metric: {name: gpu_vram_used_bytes}
                  scaleUp: {threshold: 1000}
            """);
  }

  @AfterAll
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private record Expected(String check, String verdict, String reason, String fix) {}

  private static final List<Expected> EXPECTED =
      List.of(
          new Expected(
              "dcgm-pages",
              "fault",
              "node doc-foreign has no page of dcgm-exporter (other_node)",
              "dcgm.url"),
          new Expected(
              "dcgm-pages", "fault", "GPU nodes: doc-silent", "log of the node's exporter"),
          new Expected(
              "dcgm-fields",
              "fault",
              "DCGM_FI_DEV_FB_USED on node doc-fields, and policy doctor-it/wanting reads",
              "DCGM_FI_DEV_FB_USED, gauge,"),
          new Expected(
              "worker-sessions", "", "doctor-it/Pod/mute have no task session", "report-tasks.md"),
          new Expected("rabbitmq-access", "fault", "vhost closed: no access", "set_permissions"),
          new Expected(
              "rabbitmq-access", "warning", "nodes: status 401", "set_user_tags USER monitoring"),
          new Expected(
              "rabbitmq-access", "fault", "ConnectException", "enable rabbitmq_prometheus"),
          new Expected(
              "prometheus-answers",
              "fault",
              "query p95: Prometheus cannot be reached",
              "prometheus.url"));

  @Test
  void doctor_findsWhatOnlyTheProgramsKnow() {
    await("everything is found")
        .atMost(DEADLINE)
        .pollInterval(Duration.ofSeconds(5))
        .untilAsserted(() -> {
          List<JsonNode> findings = findings();
          for (Expected expected : EXPECTED) {
            assertThat(findings).as(expected.toString()).anyMatch(it -> is(it, expected));
          }
        });
  }

  private List<JsonNode> findings() {
    var result = person.gpuscaling("doctor", "-o", "json", "--request-timeout=30s");
    assertThat(result.exitCode()).as(result.stderr()).isEqualTo(1);
    return JsonMapper.builder()
        .build()
        .readTree(result.stdout())
        .path("findings")
        .valueStream()
        .toList();
  }

  private static boolean is(JsonNode finding, Expected expected) {
    return finding.path("check").asString().equals(expected.check())
        // A worker is young at first: how old it is by now is not for the test to say.
        && (expected.verdict().isEmpty()
            || finding.path("verdict").asString().equals(expected.verdict()))
        && finding.path("reason").asString().contains(expected.reason())
        && finding.path("fix").asString().contains(expected.fix());
  }

  @Test
  void reader_withoutTheRight_hearsWhichOneIsMissing() {
    var denied =
        plane
            .kubectl()
            .run(
                "get",
                "--as=nobody-in-particular",
                "--raw",
                "/apis/subresources.gpuscaling.io/v1alpha1/installationreports/current");

    assertThat(denied.exitCode()).isNotZero();
    assertThat(denied.stderr()).contains("installationreports");
  }
}
