package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.pods.PodPlace;
import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.RenewResponse;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.Task;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.prometheus.client.CollectorRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds of {@code leases.proto}, each at its edge. */
final class LeaseServiceTest {

  private static final PodIdentity POD = new PodIdentity("media", "worker-0", "uid-0");

  private static final LeaseSettings SETTINGS =
      new LeaseSettings(
          new InetSocketAddress(0),
          Path.of("tls.crt"),
          Path.of("tls.key"),
          "node-a",
          "leases",
          Duration.ofSeconds(30));

  private final LeaseRegistry registry =
      new LeaseRegistry(new ManualTicker(), Duration.ofSeconds(30));
  private final AtomicInteger publications = new AtomicInteger();
  private final LeaseService service =
      new LeaseService(
          new LeaseCalls(
              new NamedPods(SETTINGS, (namespace, name) -> new PodPlace.Nowhere()),
              registry,
              publications::incrementAndGet,
              () -> true,
              Duration.ofSeconds(30)),
          new LeaseMetrics(new CollectorRegistry(), registry));

  @ParameterizedTest
  @ValueSource(strings = {"a", "A.b_c-9", "0"})
  void sessionId_wellFormed_isTaken(String id) {
    assertThat(renew(id)).isNull();
    assertThat(renew("s".repeat(64))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "a:b", "ä", "a\n", "\u0000"})
  void sessionId_malformed_isRefusedInEachMethod(String id) {
    String text = "session_id must be 1 to 64 characters of [A-Za-z0-9._-]";
    assertThat(renew(id)).isEqualTo(invalid(text));
    assertThat(renew("s".repeat(65))).isEqualTo(invalid(text));
    assertThat(start(id, task("1"))).isEqualTo(invalid(text));
    assertThat(end(id, "1")).isEqualTo(invalid(text));
    assertThat(refusal(service::close, CloseRequest.newBuilder().setSessionId(id).build()))
        .isEqualTo(invalid(text));
    assertThat(publications).hasValue(0);
    assertThat(registry.sessionCount()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "ns/job:1-2_3.4"})
  void taskId_wellFormed_isTaken(String id) {
    assertThat(start("s", task(id))).isNull();
    assertThat(start("s", task("t".repeat(128)))).isNull();
    assertThat(end("s", id)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "ä", "a\n", "a\"b"})
  void taskId_malformed_isRefused(String id) {
    String text = "a task id must be 1 to 128 characters of [A-Za-z0-9._:/-]";
    assertThat(start("s", task(id))).isEqualTo(invalid(text));
    assertThat(start("s", task("t".repeat(129)))).isEqualTo(invalid(text));
    assertThat(end("s", id)).isEqualTo(invalid(text));
    assertThat(
            refusal(
                service::renew,
                RenewRequest.newBuilder()
                    .setSessionId("s")
                    .addTasks(task("good"))
                    .addTasks(task(id))
                    .build()))
        .isEqualTo(invalid(text));
    assertThat(registry.samples()).describedAs("nothing half done").isEmpty();
  }

  @Test
  void task_leftOut_isRefused() {
    assertThat(refusal(service::start, StartRequest.newBuilder().setSessionId("s").build()))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "high-res", "a.b_c", "9"})
  void taskClass_labelValue_isTaken(String taskClass) {
    assertThat(start("s", task("1").toBuilder().setTaskClass(taskClass).build())).isNull();
    assertThat(start("s", task("1").toBuilder().setTaskClass("c".repeat(63)).build())).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-a", "a-", ".", "a b", "ä", "a/b", "a\n"})
  void taskClass_noLabelValue_isRefused(String taskClass) {
    String text = "task_class must be empty or a Kubernetes label value of at most 63 characters";
    assertThat(start("s", task("1").toBuilder().setTaskClass(taskClass).build()))
        .isEqualTo(invalid(text));
    assertThat(start("s", task("1").toBuilder().setTaskClass("c".repeat(64)).build()))
        .isEqualTo(invalid(text));
  }

  @Test
  void queue_length_isBounded() {
    assertThat(start("s", task("1").toBuilder().setQueue("ä/ b".repeat(63)).build())).isNull();
    assertThat(start("s", task("1").toBuilder().setQueue("q".repeat(255)).build())).isNull();
    assertThat(start("s", task("1").toBuilder().setQueue("q".repeat(256)).build()))
        .isEqualTo(invalid("queue is longer than 255 characters"));
  }

  @Test
  void renew_tasks_areBounded() {
    var request = RenewRequest.newBuilder().setSessionId("s");
    for (int i = 0; i < 1_024; i++) {
      request.addTasks(task("t-" + i));
    }
    assertThat(refusal(service::renew, request.build())).isNull();
    request.addTasks(task("one-more"));
    assertThat(refusal(service::renew, request.build())).isEqualTo(invalid("more than 1024 tasks"));
  }

  @Test
  void call_noIdentity_isRefused() {
    var answers = new Answers<RenewResponse>();
    service.renew(RenewRequest.newBuilder().setSessionId("s").build(), answers);
    assertThat(answers.refusal).contains("UNAUTHENTICATED");
    assertThat(registry.sessionCount()).isZero();
  }

  private @Nullable String renew(String session) {
    return refusal(service::renew, RenewRequest.newBuilder().setSessionId(session).build());
  }

  private @Nullable String start(String session, Task task) {
    return refusal(
        service::start, StartRequest.newBuilder().setSessionId(session).setTask(task).build());
  }

  private @Nullable String end(String session, String task) {
    return refusal(
        service::end, EndRequest.newBuilder().setSessionId(session).setTaskId(task).build());
  }

  private static Task task(String id) {
    return Task.newBuilder().setId(id).build();
  }

  private static String invalid(String text) {
    return "INVALID_ARGUMENT: " + text;
  }

  /** Calls as the pod's worker; code and text of the refusal, or null when it was answered. */
  private <Q, R> @Nullable String refusal(BiConsumer<Q, StreamObserver<R>> method, Q request) {
    var answers = new Answers<R>();
    Context.current()
        .withValue(WorkerAuthenticator.CALLER, new Caller.Worker(POD))
        .run(() -> method.accept(request, answers));
    if (answers.refusal == null) {
      assertThat(answers.answers).hasSize(1);
      assertThat(answers.completed).isTrue();
    }
    return answers.refusal;
  }

  private static final class Answers<R> implements StreamObserver<R> {
    private final List<R> answers = new ArrayList<>();
    private boolean completed;
    private @Nullable String refusal;

    @Override
    public void onNext(R answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      Status status = Status.fromThrowable(failure);
      refusal = status.getCode() + ": " + status.getDescription();
    }

    @Override
    public void onCompleted() {
      completed = true;
    }
  }
}
