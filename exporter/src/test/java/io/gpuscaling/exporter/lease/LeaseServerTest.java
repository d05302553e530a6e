package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.pods.PodPlace;
import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.DrainRequest;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.PodReference;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.Task;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class LeaseServerTest {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(2);

  @TempDir private Path folder;
  private LeaseFixture leases;
  private TaskLeasesBlockingStub worker;

  @BeforeEach
  void start() throws IOException {
    leases = LeaseFixture.start(folder, TIME_TO_LIVE);
    leases.reviewer.knowsWorker("good", "worker-0", LeaseFixture.NODE);
    worker = leases.worker("good");
  }

  @AfterEach
  void stop() {
    leases.close();
  }

  @Test
  void calls_goodToken_areCountedBeforeTheyAreAnswered() {
    assertThat(worker.renew(renew()).getTimeToLiveMillis()).isEqualTo(2_000);
    assertThat(leases.active("worker-0")).isZero();

    assertThat(worker.start(start("1")).getTimeToLiveMillis()).isEqualTo(2_000);
    assertThat(leases.active("worker-0")).isEqualTo(1);

    var _ = worker.end(end("1", Outcome.OUTCOME_OK));
    assertThat(leases.active("worker-0")).isZero();

    var _ = worker.close(CloseRequest.newBuilder().setSessionId("s").build());
    assertThat(leases.active("worker-0")).isEqualTo(-1);
    assertThat(leases.metric("gpuscaling_lease_calls_total", "method", "start", "code", "ok"))
        .isEqualTo(1);
    assertThat(leases.metric("gpuscaling_lease_tasks_finished_total", "outcome", "ok"))
        .isEqualTo(1);
  }

  @Test
  void certificates_areThoseThatWorkersAreShown() {
    assertThat(leases.certificatesBeforeStart).isEmpty();
    assertThat(leases.server.certificates())
        .singleElement()
        .satisfies(it -> assertThat(it.getSubjectX500Principal()).hasToString("CN=leases"));
  }

  @Test
  void calls_repeated_changeNothing() {
    for (int i = 0; i < 3; i++) {
      var _ = worker.start(start("1"));
      var _ = worker.renew(renew(task("1")));
      assertThat(leases.active("worker-0")).isEqualTo(1);
    }
    for (int i = 0; i < 3; i++) {
      var _ = worker.end(end("1", Outcome.OUTCOME_FAILED));
      assertThat(worker.renew(renew(task("1"))).getEndedTaskIdsList()).containsExactly("1");
      assertThat(leases.active("worker-0")).isZero();
    }
    for (int i = 0; i < 3; i++) {
      var _ = worker.close(CloseRequest.newBuilder().setSessionId("s").build());
    }
    assertThat(leases.metric("gpuscaling_lease_tasks_finished_total", "outcome", "failed"))
        .isEqualTo(1);
  }

  @Test
  void end_eachOutcome_isCountedAsSuch() {
    for (Outcome outcome : Outcome.values()) {
      if (outcome != Outcome.UNRECOGNIZED) {
        var _ = worker.start(start(outcome.name()));
        var _ = worker.end(end(outcome.name(), outcome));
      }
    }
    var _ = worker.start(start("newer"));
    var _ =
        worker.end(
            EndRequest.newBuilder()
                .setSessionId("s")
                .setTaskId("newer")
                .setOutcomeValue(77)
                .build());

    assertThat(finished("ok")).isEqualTo(1);
    assertThat(finished("failed")).isEqualTo(1);
    assertThat(finished("cancelled")).isEqualTo(1);
    assertThat(finished("unknown")).isEqualTo(2);
  }

  @Test
  void start_workerDies_isCountedNoLongerThanTheTimeToLive() {
    var _ = worker.start(start("1"));
    long told = Ticker.system().nanos();
    assertThat(leases.active("worker-0")).isEqualTo(1);

    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(10))
        .until(() -> leases.active("worker-0") == -1);

    Duration counted = Duration.ofNanos(Ticker.system().nanos() - told);
    assertThat(counted)
        .isBetween(
            TIME_TO_LIVE.minusMillis(200),
            TIME_TO_LIVE.plus(LeaseSource.CHECK_INTERVAL).plusMillis(900)); // a busy machine
    assertThat(finished("expired")).isEqualTo(1);
  }

  @Test
  void state_afterOneTimeToLive_isComplete() {
    assertThat(leases.published.getFirst().state()).isEqualTo(new SourceState.Starting());
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> leases.published.getLast().state() instanceof SourceState.Ok);
  }

  @Test
  void call_noToken_isUnauthenticated() throws IOException {
    var nobody = leases.worker(null);
    assertRefused(() -> nobody.renew(renew()), Status.Code.UNAUTHENTICATED, "no bearer token");
    assertThat(leases.metric("gpuscaling_lease_refused_total", "code", "unauthenticated"))
        .isEqualTo(1);
  }

  @Test
  void call_unknownToken_isUnauthenticated() throws IOException {
    var stranger = leases.worker("forged");
    assertRefused(() -> stranger.start(start("1")), Status.Code.UNAUTHENTICATED, "not valid");
  }

  @Test
  void call_tokenOfAnotherAudience_isUnauthenticated() throws IOException {
    leases.reviewer.knows(
        "other",
        FakeTokenReviewer.worker(
            "system:serviceaccount:media:worker", "worker-0", LeaseFixture.NODE, "api"));
    leases.reviewer.knows(
        "unaware",
        FakeTokenReviewer.worker(
            "system:serviceaccount:media:worker", "worker-0", LeaseFixture.NODE, ""));
    var other = leases.worker("other");
    var unaware = leases.worker("unaware");

    assertRefused(() -> other.renew(renew()), Status.Code.UNAUTHENTICATED, "audience");
    assertRefused(() -> unaware.renew(renew()), Status.Code.UNAUTHENTICATED, "audience");
  }

  @Test
  void call_tokenOfAnotherNode_isDenied() throws IOException {
    leases.reviewer.knowsWorker("elsewhere", "worker-9", "node-b");
    var elsewhere = leases.worker("elsewhere");

    assertRefused(
        () -> elsewhere.start(start("1")), Status.Code.PERMISSION_DENIED, "node-b", "node-a");
    assertThat(leases.active("worker-9")).isEqualTo(-1);
  }

  @Test
  void call_tokenBoundToNoPodOrNodeOrNoServiceAccount_isDenied() throws IOException {
    String account = "system:serviceaccount:media:worker";
    leases.reviewer.knows(
        "no-pod", FakeTokenReviewer.worker(account, "", LeaseFixture.NODE, LeaseFixture.AUDIENCE));
    leases.reviewer.knows(
        "no-node", FakeTokenReviewer.worker(account, "worker-0", "", LeaseFixture.AUDIENCE));
    leases.reviewer.knows(
        "person",
        FakeTokenReviewer.worker("alice", "worker-0", LeaseFixture.NODE, LeaseFixture.AUDIENCE));

    for (String token : new String[] {"no-pod", "no-node", "person"}) {
      var refused = leases.worker(token);
      assertRefused(
          () -> refused.renew(renew()), Status.Code.PERMISSION_DENIED, "not bound to a pod");
    }
  }

  @Test
  void call_tokenOfANamespaceThatMayNot_isDenied() throws IOException {
    leases.reviewer.knows(
        "stranger",
        FakeTokenReviewer.worker(
            "system:serviceaccount:games:worker",
            "worker-0",
            LeaseFixture.NODE,
            LeaseFixture.AUDIENCE));
    var stranger = leases.worker("stranger");
    assertRefused(
        () -> stranger.renew(renew()), Status.Code.PERMISSION_DENIED, "games", "lease.namespaces");
  }

  @Test
  void drain_startsNothingNew_andSaysWhatRuns() {
    var _ = worker.start(start("1"));
    var drain = DrainRequest.getDefaultInstance();
    assertThat(worker.drain(drain).getRunningTasks()).isEqualTo(1);

    assertRefused(
        () -> worker.start(start("2")), Status.Code.FAILED_PRECONDITION, "being taken away");
    assertThat(worker.drain(drain).getComplete()).isFalse();
    assertThat(worker.start(start("1")).getDraining()).isTrue(); // runs already
    assertThat(worker.renew(renew(task("1"), task("3"))).getDraining()).isTrue();
    assertThat(leases.active("worker-0")).isEqualTo(2); // what runs is counted, whatever is said
    assertThat(worker.end(end("3", Outcome.OUTCOME_OK)).getDraining()).isTrue();
    var _ = worker.end(end("1", Outcome.OUTCOME_OK));

    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> worker.drain(drain).getComplete() && worker.drain(drain).getRunningTasks() == 0);
    // Nobody repeats it any more: after two times to live the mark is gone.
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> !worker.start(start("4")).getDraining());
  }

  @Test
  void drain_soonAfterAStart_isNotComplete() throws IOException {
    try (LeaseFixture young = LeaseFixture.start(folder.resolve("young"), Duration.ofMinutes(1))) {
      young.reviewer.knowsWorker("good", "worker-0", LeaseFixture.NODE);
      var answer = young.worker("good").drain(DrainRequest.getDefaultInstance());
      assertThat(answer.getComplete()).isFalse();
      assertThat(answer.getRunningTasks()).isZero();
    }
  }

  @Test
  void call_reviewFailed_isUnavailable() throws IOException {
    leases.reviewer.knows("unlucky", new TokenReview.Failed("the API server is away"));
    var unlucky = leases.worker("unlucky");
    assertRefused(() -> unlucky.renew(renew()), Status.Code.UNAVAILABLE, "the API server is away");
  }

  @Test
  void call_namesAPod_isDeniedInEachMethod() {
    var pod = PodReference.newBuilder().setNamespace("media").setName("worker-1").build();
    for (ThrowingCallable call :
        new ThrowingCallable[] {
          () -> worker.renew(renew().toBuilder().setPod(pod).build()),
          () -> worker.start(start("1").toBuilder().setPod(pod).build()),
          () -> worker.end(end("1", Outcome.OUTCOME_OK).toBuilder().setPod(pod).build()),
          () -> worker.close(CloseRequest.newBuilder().setSessionId("s").setPod(pod).build()),
          () -> worker.drain(DrainRequest.newBuilder().setPod(pod).build())
        }) {
      assertRefused(call, Status.Code.PERMISSION_DENIED, "pod");
    }
    assertThat(leases.active("worker-0")).isEqualTo(-1);
  }

  @Test
  void call_largestRequestOfTheContract_isTaken() {
    var request = RenewRequest.newBuilder().setSessionId("s".repeat(64));
    for (int i = 0; i < LeaseLimits.MAX_TASKS_PER_SESSION; i++) {
      request.addTasks(
          Task.newBuilder()
              .setId("%0128d".formatted(i))
              .setTaskClass("c".repeat(63))
              .setQueue("€".repeat(255)) // three bytes each
              .setWaitedMillis(-1));
    }
    assertThat(request.build().getSerializedSize()).isLessThan(LeaseLimits.MAX_MESSAGE_BYTES);

    assertThat(worker.renew(request.build()).getEndedTaskIdsList()).isEmpty();
    assertThat(leases.active("worker-0")).isEqualTo(LeaseLimits.MAX_TASKS_PER_SESSION);
  }

  @Test
  void call_oversizedMessage_isRefusedAndTheNextIsServed() {
    var huge = StartRequest.newBuilder().setSessionId("s".repeat(LeaseLimits.MAX_MESSAGE_BYTES));
    assertRefused(() -> worker.start(huge.build()), Status.Code.RESOURCE_EXHAUSTED, "1048576");
    assertThat(worker.renew(renew()).getDraining()).isFalse();
  }

  @Test
  void call_tooManyTasksInTheSession_isExhausted() {
    var full = RenewRequest.newBuilder().setSessionId("s");
    for (int i = 0; i < LeaseLimits.MAX_TASKS_PER_SESSION; i++) {
      full.addTasks(task("t-" + i));
    }
    var _ = worker.renew(full.build());
    assertRefused(() -> worker.start(start("more")), Status.Code.RESOURCE_EXHAUSTED, "1024 tasks");
    assertRefused(
        () -> worker.renew(renew(task("more"))), Status.Code.RESOURCE_EXHAUSTED, "1024 tasks");
  }

  @Test
  void call_wrongCaOrNameOrPlaintext_neverGetsThrough() throws IOException {
    var otherCa = CertificateAuthority.create("other", InstantSource.system());
    var distrusts = leases.worker("good", otherCa, "leases.test");
    assertRefused(() -> distrusts.renew(renew()), Status.Code.UNAVAILABLE);
    var plain =
        TaskLeasesGrpc.newBlockingStub(leases.plaintext()).withDeadlineAfter(10, TimeUnit.SECONDS);
    assertThatThrownBy(() -> plain.renew(renew())).isInstanceOf(StatusRuntimeException.class);
    assertThat(leases.metric("gpuscaling_lease_refused_total", "code", "unauthenticated")).isZero();
  }

  @Test
  void close_afterwards_isNotReached() {
    var _ = worker.renew(renew());
    leases.closeServer();
    assertRefused(() -> worker.renew(renew()), Status.Code.UNAVAILABLE);
    leases.closeServer(); // again, harmless
  }

  @Test
  void start_portTaken_failsAndNamesIt() {
    assertThatThrownBy(() -> server(leases.port(), folder.resolve("tls.crt")).start())
        .isInstanceOf(IOException.class);
  }

  @Test
  void start_certificateIsGarbage_failsAndNamesTheFile() throws IOException {
    Path garbage = Files.writeString(folder.resolve("garbage.crt"), "no certificate");
    for (Path file : new Path[] {garbage, folder.resolve("missing.crt")}) {
      var server = server(0, file);
      assertThatThrownBy(server::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.getFileName().toString());
      server.close();
    }
  }

  @Test
  void settings_timeToLiveOutOfRange_isRefused() {
    for (Duration bad : new Duration[] {Duration.ofMillis(999), Duration.ofSeconds(601)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> settings(0, folder.resolve("tls.crt"), bad))
          .withMessageContaining("1 s to 600 s");
    }
  }

  @Test
  void stateFile_theNextServerKnowsTheTasksOfTheOneBefore() throws IOException {
    Path file = folder.resolve("leases");
    Duration aMinute = Duration.ofMinutes(1);
    try (LeaseFixture first = LeaseFixture.keeping(folder.resolve("first"), aMinute, file)) {
      first.reviewer.knowsWorker("good", "worker-0", LeaseFixture.NODE);
      var _ = first.worker("good").start(start("1"));
    }
    try (LeaseFixture second = LeaseFixture.keeping(folder.resolve("second"), aMinute, file)) {
      await().until(() -> !second.published.isEmpty() && second.active("worker-0") == 1);
    }
  }

  private LeaseServer server(int port, Path certificate) {
    return new LeaseServer(
        settings(port, certificate, TIME_TO_LIVE),
        leases.reviewer,
        (namespace, name) -> new PodPlace.Nowhere(),
        leases.published::add,
        Ticker.system(),
        new NodeClock(Path.of("/proc"), InstantSource.system()),
        new CollectorRegistry());
  }

  private LeaseSettings settings(int port, Path certificate, Duration timeToLive) {
    return new LeaseSettings(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        certificate,
        folder.resolve("tls.key"),
        LeaseFixture.NODE,
        LeaseFixture.AUDIENCE,
        timeToLive);
  }

  private static void assertRefused(ThrowingCallable call, Status.Code code, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).describedAs("%s", e).isEqualTo(code);
              for (String word : words) {
                assertThat(String.valueOf(e.getStatus().getDescription())).contains(word);
              }
            });
  }

  private double finished(String outcome) {
    return leases.metric("gpuscaling_lease_tasks_finished_total", "outcome", outcome);
  }

  private static RenewRequest renew(Task... tasks) {
    return RenewRequest.newBuilder().setSessionId("s").addAllTasks(List.of(tasks)).build();
  }

  private static StartRequest start(String task) {
    return StartRequest.newBuilder().setSessionId("s").setTask(task(task)).build();
  }

  private static EndRequest end(String task, Outcome outcome) {
    return EndRequest.newBuilder().setSessionId("s").setTaskId(task).setOutcome(outcome).build();
  }

  private static Task task(String id) {
    return Task.newBuilder().setId(id).build();
  }
}
