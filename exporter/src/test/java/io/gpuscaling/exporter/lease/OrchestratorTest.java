package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.kubernetes.pods.PodPlace;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.PodReference;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.Task;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program that may hold leases for the pods that it names. */
@Timeout(60)
final class OrchestratorTest {

  @TempDir private Path folder;
  private LeaseFixture leases;
  private TaskLeasesBlockingStub orchestrator;

  @BeforeEach
  void start() throws IOException {
    leases = LeaseFixture.start(folder, Duration.ofSeconds(30));
    leases.reviewer.knows(
        "n8n",
        FakeTokenReviewer.worker(
            "system:serviceaccount:flows:n8n", "n8n-0", "cpu-node", LeaseFixture.AUDIENCE));
    orchestrator = leases.worker("n8n");
    leases.pods.put("media/worker-7", new PodPlace.OnNode("uid-7", LeaseFixture.NODE));
    leases.pods.put("media/far", new PodPlace.OnNode("uid-8", "node-b"));
    leases.pods.put("media/unlucky", new PodPlace.Unknown("no answer"));
    leases.pods.put("games/other", new PodPlace.OnNode("uid-9", LeaseFixture.NODE));
  }

  @AfterEach
  void stop() {
    leases.close();
  }

  private static PodReference pod(String namespace, String name) {
    return PodReference.newBuilder().setNamespace(namespace).setName(name).build();
  }

  private void renew(String namespace, String name) {
    var _ =
        orchestrator.renew(
            RenewRequest.newBuilder().setSessionId("s").setPod(pod(namespace, name)).build());
  }

  @Test
  void podOfThisNode_hasItsLeases() {
    var _ =
        orchestrator.start(
            StartRequest.newBuilder()
                .setSessionId("s")
                .setTask(Task.newBuilder().setId("1"))
                .setPod(pod("media", "worker-7"))
                .build());
    assertThat(leases.active("worker-7")).isEqualTo(1);
    assertThat(leases.active("n8n-0")).isEqualTo(-1);

    var _ =
        orchestrator.end(
            EndRequest.newBuilder()
                .setSessionId("s")
                .setTaskId("1")
                .setPod(pod("media", "worker-7"))
                .build());
    assertThat(leases.active("worker-7")).isZero();
  }

  @Test
  void podOfAnotherNode_isRefusedAndTheNodeNamed() {
    assertRefused(
        "media",
        "far",
        Status.Code.FAILED_PRECONDITION,
        "pod media/far runs on node node-b, and this is the exporter of node-a: ask the exporter pod there");
  }

  @Test
  void otherPods_areRefused() {
    assertRefused("media", "none", Status.Code.NOT_FOUND, "no pod media/none");
    assertRefused("media", "unlucky", Status.Code.UNAVAILABLE, "no answer");
    assertRefused("games", "other", Status.Code.PERMISSION_DENIED, "games");
    assertRefused("..", "x", Status.Code.INVALID_ARGUMENT, "the name of a pod");
    assertRefused("media", "a/../b", Status.Code.INVALID_ARGUMENT, "the name of a pod");
  }

  @Test
  void noPodNamed_isRefused() {
    assertThatThrownBy(
            () -> orchestrator.renew(RenewRequest.newBuilder().setSessionId("s").build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("INVALID_ARGUMENT")
        .hasMessageContaining("must name a pod");
  }

  private void assertRefused(String namespace, String name, Status.Code code, String words) {
    assertThatThrownBy(() -> renew(namespace, name))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).contains(words);
            });
  }
}
