package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.Orchestrator;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A program that knows of the tasks of other pods holds their leases: who may, for which pods, and
 * that the cluster says on which node they run. With the rights as they are shipped.
 */
@Timeout(180)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrchestratorsIT {

  private static final String NAMESPACE = "orchestrated-it";
  private static final String FLOWS = "flows-it";
  private static final String NODE = "orchestrated-node";
  private static final String OTHER_NODE = "orchestrators-node";
  private static final String AUDIENCE = "gpuscaling-leases";
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Installation installation;
  private final ControlPlane plane;
  private final MetricsApi metrics;
  private final Exporter exporter;
  private final GpuPod n8n;
  private final GpuPod worker = GpuPod.onNode(NAMESPACE, "worker", NODE).withGpus(1);

  OrchestratorsIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
    this.metrics = new MetricsApi(plane);
    plane.objects().namespace(NAMESPACE);
    plane.objects().namespace(FLOWS);
    plane.objects().serviceAccount(FLOWS, "n8n");
    plane.objects().gpuNode(NODE, 8);
    plane.objects().gpuNode(OTHER_NODE, 0);
    // Where an orchestrator runs says nothing of the pods that it speaks for.
    n8n = GpuPod.onNode(FLOWS, "n8n-0", OTHER_NODE).withServiceAccount("n8n");
    plane.objects().pod(n8n);
    plane.objects().pod(worker);
    plane.objects().awaitReady(worker);
    exporter =
        Exporter.onNode(
            installation,
            NODE,
            List.of("--lease-orchestrator=" + FLOWS + "/n8n", "--lease-namespace=" + NAMESPACE));
  }

  @AfterAll
  void stop() {
    exporter.close();
    rights("delete", "--ignore-not-found");
    plane.objects().deleteNode(NODE);
    plane.objects().deleteNode(OTHER_NODE);
  }

  private void rights(String verb, String... more) {
    String file =
        Repository.path("manifests", "components", "orchestrators", "rights.yaml").toString();
    var command = new ArrayList<>(List.of(verb, "-f", file));
    command.addAll(List.of(more));
    plane.kubectl().run(command.toArray(String[]::new)).orThrow();
  }

  private String ofPod() {
    return plane
        .api()
        .get(
            "/apis/custom.metrics.k8s.io/v1beta2/namespaces/"
                + NAMESPACE
                + "/pods/worker/gpu_tasks_active")
        .body()
        .at("/items/0/value")
        .asString("");
  }

  private Orchestrator with(String token) {
    return Orchestrator.withToken(installation, token, exporter);
  }

  private static Status refusal(Orchestrator caller, String namespace, String pod) {
    var refused =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> caller.renew(namespace, pod, "job-1"));
    assertThat(refused).as(namespace + "/" + pod).isNotNull();
    return refused.getStatus();
  }

  private static void assertRefused(
      Orchestrator caller, String namespace, String pod, Status.Code code, String why) {
    Status status = refusal(caller, namespace, pod);
    assertThat(status.getCode()).isEqualTo(code);
    assertThat(status.getDescription()).contains(why);
  }

  @Test
  void leasesOfANamedPod_areHeldByTheOneThatIsNamed_withTheRightsThatAreShipped() {
    String token = plane.objects().podToken(n8n, AUDIENCE);
    try (Orchestrator orchestrator = with(token)) {
      // The base alone lets no exporter look a pod up.
      rights("delete", "--ignore-not-found");
      Awaitility.await()
          .atMost(DEADLINE)
          .untilAsserted(() ->
              assertRefused(
                  orchestrator,
                  NAMESPACE,
                  "worker",
                  Status.Code.UNAVAILABLE,
                  "could not be looked up: the API server answered 403"));
      rights("apply");
      Awaitility.await()
          .atMost(DEADLINE)
          .ignoreException(StatusRuntimeException.class)
          .until(() -> {
            orchestrator.renew(NAMESPACE, "worker", "job-1", "job-2");
            return true;
          });
      // Nobody has said on which node the pod runs.
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() -> {
            orchestrator.renew(NAMESPACE, "worker", "job-1", "job-2");
            var ofNode = metrics.external(NAMESPACE, "gpu_tasks_active", "node=" + NODE);
            return ofNode.isSuccess() && MetricsApi.total(ofNode) == 2 && ofPod().equals("2");
          });

      assertRefused(orchestrator, NAMESPACE, "nobody", Status.Code.NOT_FOUND, "there is no pod");
      assertRefused(orchestrator, "", "", Status.Code.INVALID_ARGUMENT, "must have the namespace");
      assertRefused(
          orchestrator,
          NAMESPACE + "/pods/worker",
          "..",
          Status.Code.INVALID_ARGUMENT,
          "must have the namespace");
      assertRefused(
          orchestrator, FLOWS, "n8n-0", Status.Code.PERMISSION_DENIED, "may not have leases");
      var elsewhere = GpuPod.onNode(NAMESPACE, "elsewhere", OTHER_NODE);
      plane.objects().pod(elsewhere);
      assertRefused(
          orchestrator,
          NAMESPACE,
          "elsewhere",
          Status.Code.FAILED_PRECONDITION,
          "runs on node " + OTHER_NODE);
    }
  }

  @Test
  void whoIsNotNamed_orShowsAnotherToken_holdsNoLeaseOfAnotherPod() {
    plane.objects().serviceAccount(FLOWS, "stranger");
    var stranger = GpuPod.onNode(FLOWS, "stranger-0", NODE).withServiceAccount("stranger");
    plane.objects().pod(stranger);
    try (Orchestrator other = with(plane.objects().podToken(stranger, AUDIENCE))) {
      assertRefused(
          other, NAMESPACE, "worker", Status.Code.PERMISSION_DENIED, "may not take leases");
    }
    // A worker of the very node and namespace speaks for itself alone.
    try (Orchestrator self = with(plane.objects().podToken(worker, AUDIENCE))) {
      assertRefused(
          self, NAMESPACE, "other", Status.Code.PERMISSION_DENIED, "speaks for its own pod");
    }
    // The orchestrator's token for the API server, and that of the ingest.
    try (Orchestrator wrong = with(plane.objects().token(FLOWS, "n8n"))) {
      assertRefused(wrong, NAMESPACE, "worker", Status.Code.UNAUTHENTICATED, "");
    }
    try (Orchestrator wrong = with(plane.objects().podToken(n8n, "gpuscaling-ingest"))) {
      assertRefused(wrong, NAMESPACE, "worker", Status.Code.UNAUTHENTICATED, "");
    }
  }
}
