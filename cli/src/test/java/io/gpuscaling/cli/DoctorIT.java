package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.KubernetesApi;
import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The doctor at a real control plane that has every fault at once, each found by its check. */
@Timeout(180)
@ExtendWith(ControlPlaneExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoctorIT {

  private static final Duration WAIT = Duration.ofSeconds(60);

  private final ControlPlane plane;
  private final KubernetesApi api;
  private final SickCluster cluster;
  private Run sick = new Run(-1, "", "");

  DoctorIT(ControlPlane plane) throws IOException {
    this.plane = plane;
    this.api = plane.api();
    this.cluster = new SickCluster(plane);
  }

  @BeforeAll
  void askTheDoctor() {
    cluster.makeItSick();
    sick = doctor(plane.adminKubeconfig());
  }

  @AfterAll
  void heal() {
    cluster.close();
  }

  private Run doctor(Path kubeconfig, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "doctor",
                "--kubectl=" + plane.tools().path("kubectl"),
                "--kubeconfig=" + kubeconfig,
                "--request-timeout=40s",
                "--namespace=" + SickCluster.OURS,
                "-o",
                "json"));
    arguments.addAll(List.of(more));
    return Run.of(arguments.toArray(new String[0]));
  }

  private static List<JsonNode> findings(Run run, String check) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode it : JsonMapper.builder().build().readTree(run.out()).path("findings")) {
      if (it.path("check").asString("").equals(check)) {
        found.add(it);
      }
    }
    return found;
  }

  private static String text(Run run, String check) {
    return findings(run, check).getFirst().path("reason").asString();
  }

  @Test
  void exitCode_ofFaults_is1() {
    assertThat(sick.exitCode()).isEqualTo(1);
    assertThat(sick.err()).isEmpty();
    assertThat(findings(sick, "api-server").getFirst().path("verdict").asString()).isEqualTo("ok");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          api-owner          | fault   | v1beta2.custom.metrics.k8s.io leads to sick-gpuscaling/prometheus-adapter (prometheus-adapter)
          api-owner          | fault   | there is no APIService v1beta1.custom.metrics.k8s.io
          api-available      | fault   | v1beta1.external.metrics.k8s.io is not Available: FailedDiscoveryCheck
          api-certificate    | fault   | x509: certificate is valid for localhost, not metrics-adapter.sick-gpuscaling.svc
          api-certificate    | fault   | caBundle of v1beta1.external.metrics.k8s.io is not the authority
          adapter-replicas   | fault   | there is no Deployment metrics-adapter in namespace sick-gpuscaling
          policy-leader      | fault   | the leader adapter-1 has not renewed its Lease for
          certificate-ends   | fault   | the certificate of Secret exporter-lease-tls ended at
          adapter-rights     | fault   | system:serviceaccount:sick-gpuscaling:metrics-adapter may not create tokenreviews.authentication.k8s.io
          exporter-rights    | fault   | system:serviceaccount:sick-gpuscaling:exporter may not create tokenreviews.authentication.k8s.io, list pods
          clock-skew         | fault   | the clock of node sick-clock is about
          hpa-tolerance      | warning | an HPA loses behavior.tolerance
          hpa-scale-to-zero  | fault   | these policies go to 0: sick-work/nobody, sick-work/plain, sick-work/shared
          gpu-exporters      | fault   | no ready exporter on
          dcgm-exporters     | fault   | no ready dcgm-exporter on
          policies-ready     | fault   | policy sick-work/nobody has not been looked at by any adapter
          target-followed    | fault   | no HPA carries out what policy sick-work/nobody decides
          target-followed    | fault   | HPA sick-work/plain scales the target of policy sick-work/plain and does not read
          target-autoscalers | fault   | sick-work/Deployment/shared is scaled by HPA shared-1 and HPA shared-2
          target-stranded    | fault   | sick-work/Deployment/stranded is at 0 replicas, where HPA stranded (minReplicas 1)
          namespace-grants   | fault   | policy sick-work/nobody reads rabbitmq_queue_messages_ready of queue n8n.jobs, which is not granted to namespace sick-work
          prometheus-queries | fault   | uses query no-such-query, and there is none of this name
          """)
  void fault_isFound(String check, String verdict, String reason) {
    assertThat(findings(sick, check))
        .anySatisfy(it -> {
          assertThat(it.path("verdict").asString()).isEqualTo(verdict);
          assertThat(it.path("reason").asString()).contains(reason);
          assertThat(it.path("fix").asString()).isNotEmpty();
        });
  }

  @Test
  void bareNode_isNamed_andTheCoveredIsNot() {
    for (String check : List.of("gpu-exporters", "dcgm-exporters")) {
      assertThat(findings(sick, check).getFirst().path("reason").asString())
          .contains("sick-bare")
          .doesNotContain("sick-covered");
    }
  }

  @Test
  void hpaController_withItsBuiltInRole_mayRead() {
    assertThat(findings(sick, "hpa-rights").getFirst().path("verdict").asString()).isEqualTo("ok");
  }

  @Test
  void hpaController_withoutItsBinding_isFound() {
    String bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/";
    String name = "system:controller:horizontal-pod-autoscaler";
    JsonNode binding = api.get(bindings + name).orThrow();
    api.delete(bindings + name).orThrow();
    try {
      Awaitility.await()
          .atMost(WAIT)
          .until(() ->
              text(doctor(plane.adminKubeconfig()), "hpa-rights")
                  .contains(
                      "horizontal-pod-autoscaler may not get *.custom.metrics.k8s.io, get"
                          + " *.external.metrics.k8s.io"));
    } finally {
      var restored = (ObjectNode) binding;
      ((ObjectNode) restored.path("metadata")).remove("resourceVersion");
      api.post(bindings, restored.toString()).orThrow();
    }
  }

  @Test
  void callerWithoutRights_hearsWhichRightIsMissing_neverOk() {
    Run run = doctor(plane.kubeconfigForUser("doctor-nobody", "nobody-in-particular"));

    assertThat(run.exitCode()).isEqualTo(3);
    for (JsonNode it : JsonMapper.builder().build().readTree(run.out()).path("findings")) {
      String check = it.path("check").asString();
      assertThat(it.path("verdict").asString())
          .as(check)
          .isEqualTo(check.equals("api-server") ? "ok" : "unknown");
    }
    assertThat(findings(run, "gpu-exporters").getFirst().path("reason").asString())
        .isEqualTo("you may not list nodes");
    assertThat(findings(run, "hpa-rights").getFirst().path("reason").asString())
        .isEqualTo("you may not create subjectaccessreviews.authorization.k8s.io");
  }
}
