package io.gpuscaling.exporter.lease;

import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.CloseResponse;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.EndResponse;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.RenewResponse;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.StartResponse;
import io.gpuscaling.proto.v1.Task;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Takes the leases of workers that {@link WorkerAuthenticator} has let in: checks the bounds of
 * {@code leases.proto}, changes the registry, and has the change published before it answers. Safe
 * for use by any thread.
 */
final class LeaseService extends TaskLeasesGrpc.TaskLeasesImplBase {

  private static final Pattern SESSION_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern TASK_ID = Pattern.compile("[A-Za-z0-9._:/-]{1,128}");

  /** A Kubernetes label value, so that an HPA can select by it. */
  private static final Pattern TASK_CLASS =
      Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?");

  private static final int MAX_QUEUE_LENGTH = 255; // AMQP 0-9-1: a short string

  private final LeaseRegistry registry;
  private final Runnable changed;
  private final int timeToLiveMillis;
  private final LeaseMetrics metrics;

  /**
   * A service.
   *
   * @param changed publishes the leases
   */
  LeaseService(
      LeaseRegistry registry, Runnable changed, Duration timeToLive, LeaseMetrics metrics) {
    this.registry = registry;
    this.changed = changed;
    this.timeToLiveMillis = Math.toIntExact(timeToLive.toMillis());
    this.metrics = metrics;
  }

  /** One method's work. */
  @FunctionalInterface
  private interface Call<R> {
    R answer(PodIdentity pod) throws StatusException;
  }

  @Override
  public void renew(RenewRequest request, StreamObserver<RenewResponse> response) {
    answer(
        "renew",
        request.hasPod(),
        response,
        pod -> {
          requireSession(request.getSessionId());
          require(
              request.getTasksCount() <= LeaseLimits.MAX_TASKS_PER_SESSION,
              "more than " + LeaseLimits.MAX_TASKS_PER_SESSION + " tasks");
          List<RunningTask> tasks = new ArrayList<>();
          for (Task task : request.getTasksList()) {
            tasks.add(task(task));
          }
          List<String> ended =
              switch (registry.renew(pod, request.getSessionId(), tasks)) {
                case LeaseResult.Done() -> List.of();
                case LeaseResult.DoneExcept(List<String> ids) -> ids;
                case LeaseResult.Full(String limit) -> throw full(limit);
              };
          return RenewResponse.newBuilder()
              .setTimeToLiveMillis(timeToLiveMillis)
              .addAllEndedTaskIds(ended)
              .build();
        });
  }

  @Override
  public void start(StartRequest request, StreamObserver<StartResponse> response) {
    answer(
        "start",
        request.hasPod(),
        response,
        pod -> {
          requireSession(request.getSessionId());
          if (registry.start(pod, request.getSessionId(), task(request.getTask()))
              instanceof LeaseResult.Full(String limit)) {
            throw full(limit);
          }
          return StartResponse.newBuilder().setTimeToLiveMillis(timeToLiveMillis).build();
        });
  }

  @Override
  public void end(EndRequest request, StreamObserver<EndResponse> response) {
    answer(
        "end",
        request.hasPod(),
        response,
        pod -> {
          requireSession(request.getSessionId());
          requireTask(request.getTaskId());
          registry.end(
              pod, request.getSessionId(), request.getTaskId(), outcome(request.getOutcome()));
          return EndResponse.getDefaultInstance();
        });
  }

  @Override
  public void close(CloseRequest request, StreamObserver<CloseResponse> response) {
    answer(
        "close",
        request.hasPod(),
        response,
        pod -> {
          requireSession(request.getSessionId());
          registry.close(pod, request.getSessionId());
          return CloseResponse.getDefaultInstance();
        });
  }

  private <R> void answer(
      String method, boolean namesPod, StreamObserver<R> response, Call<R> work) {
    if (response instanceof ServerCallStreamObserver<R> call) {
      call.setOnCancelHandler(() -> {}); // a caller that has gone is no error of ours
    }
    try {
      PodIdentity pod = WorkerAuthenticator.POD.get();
      if (pod == null) {
        // Cannot happen while the interceptor stands in front; fail closed should it ever be left
        // out.
        throw Status.UNAUTHENTICATED.withDescription("no identity").asException();
      }
      if (namesPod) {
        throw Status.PERMISSION_DENIED
            .withDescription("leases for another pod are not taken; leave the field pod out")
            .asException();
      }
      R answer = work.answer(pod);
      changed.run();
      metrics.answered(method, Status.Code.OK);
      response.onNext(answer);
      response.onCompleted();
    } catch (StatusException e) {
      metrics.answered(method, e.getStatus().getCode());
      response.onError(e);
    }
  }

  private static RunningTask task(Task task) throws StatusException {
    requireTask(task.getId());
    require(
        TASK_CLASS.matcher(task.getTaskClass()).matches(),
        "task_class must be empty or a Kubernetes label value of at most 63 characters");
    require(
        task.getQueue().length() <= MAX_QUEUE_LENGTH,
        "queue is longer than " + MAX_QUEUE_LENGTH + " characters");
    return new RunningTask(task.getId(), task.getTaskClass(), task.getQueue());
  }

  private static TaskOutcome outcome(Outcome outcome) {
    return switch (outcome) {
      case OUTCOME_OK -> TaskOutcome.OK;
      case OUTCOME_FAILED -> TaskOutcome.FAILED;
      case OUTCOME_CANCELLED -> TaskOutcome.CANCELLED;
      case OUTCOME_UNSPECIFIED, UNRECOGNIZED -> TaskOutcome.UNKNOWN;
    };
  }

  private static void requireSession(String id) throws StatusException {
    require(
        SESSION_ID.matcher(id).matches(),
        "session_id must be 1 to 64 characters of [A-Za-z0-9._-]");
  }

  private static void requireTask(String id) throws StatusException {
    require(
        TASK_ID.matcher(id).matches(), "a task id must be 1 to 128 characters of [A-Za-z0-9._:/-]");
  }

  private static void require(boolean condition, String message) throws StatusException {
    if (!condition) {
      throw Status.INVALID_ARGUMENT.withDescription(message).asException();
    }
  }

  private static StatusException full(String limit) {
    return Status.RESOURCE_EXHAUSTED.withDescription(limit).asException();
  }
}
