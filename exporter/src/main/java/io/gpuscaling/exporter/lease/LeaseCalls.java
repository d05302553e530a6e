package io.gpuscaling.exporter.lease;

import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.CloseResponse;
import io.gpuscaling.proto.v1.DrainRequest;
import io.gpuscaling.proto.v1.DrainResponse;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.EndResponse;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.RenewResponse;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.StartResponse;
import io.gpuscaling.proto.v1.Task;
import io.grpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * The calls of workers, whichever way they come in: checks the bounds of {@code leases.proto},
 * changes the registry, and has the change published before it answers. A refusal is a {@link
 * StatusException}. Safe for use by any thread.
 */
final class LeaseCalls {

  private static final Pattern SESSION_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern TASK_ID = Pattern.compile("[A-Za-z0-9._:/-]{1,128}");

  /** A Kubernetes label value, so that an HPA can select by it. */
  private static final Pattern TASK_CLASS =
      Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?");

  private static final int MAX_QUEUE_LENGTH = 255; // AMQP 0-9-1: a short string

  private final NamedPods pods;
  private final LeaseRegistry registry;
  private final Runnable changed;
  private final BooleanSupplier complete;
  private final int timeToLiveMillis;

  /**
   * Calls on a registry.
   *
   * @param pods which pod a call is about
   * @param changed publishes the leases
   * @param complete whether every worker that lives has had the time to announce itself
   */
  LeaseCalls(
      NamedPods pods,
      LeaseRegistry registry,
      Runnable changed,
      BooleanSupplier complete,
      Duration timeToLive) {
    this.pods = pods;
    this.registry = registry;
    this.changed = changed;
    this.complete = complete;
    this.timeToLiveMillis = Math.toIntExact(timeToLive.toMillis());
  }

  RenewResponse renew(Caller caller, RenewRequest request) throws StatusException {
    PodIdentity pod = pods.of(caller, request.hasPod(), request.getPod());
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
          case LeaseResult.Draining() -> throw draining();
        };
    changed.run();
    return RenewResponse.newBuilder()
        .setTimeToLiveMillis(timeToLiveMillis)
        .setDraining(registry.tellDraining(pod, request.getSessionId()))
        .addAllEndedTaskIds(ended)
        .build();
  }

  StartResponse start(Caller caller, StartRequest request) throws StatusException {
    PodIdentity pod = pods.of(caller, request.hasPod(), request.getPod());
    requireSession(request.getSessionId());
    switch (registry.start(pod, request.getSessionId(), task(request.getTask()))) {
      case LeaseResult.Done(), LeaseResult.DoneExcept(_) -> changed.run();
      case LeaseResult.Full(String limit) -> throw full(limit);
      case LeaseResult.Draining() -> throw draining();
    }
    return StartResponse.newBuilder()
        .setTimeToLiveMillis(timeToLiveMillis)
        .setDraining(registry.tellDraining(pod, request.getSessionId()))
        .build();
  }

  EndResponse end(Caller caller, EndRequest request) throws StatusException {
    PodIdentity pod = pods.of(caller, request.hasPod(), request.getPod());
    requireSession(request.getSessionId());
    requireTask(request.getTaskId());
    registry.end(
        pod,
        request.getSessionId(),
        request.getTaskId(),
        outcome(request.getOutcome()),
        request.hasRanMillis() ? believable(request.getRanMillis()) : Optional.empty());
    changed.run();
    return EndResponse.newBuilder()
        .setDraining(registry.tellDraining(pod, request.getSessionId()))
        .build();
  }

  CloseResponse close(Caller caller, CloseRequest request) throws StatusException {
    PodIdentity pod = pods.of(caller, request.hasPod(), request.getPod());
    requireSession(request.getSessionId());
    registry.close(pod, request.getSessionId());
    changed.run();
    return CloseResponse.getDefaultInstance();
  }

  DrainResponse drain(Caller caller, DrainRequest request) throws StatusException {
    PodIdentity pod = pods.of(caller, request.hasPod(), request.getPod());
    // Asked before: what is not complete now may have a task that comes a moment later.
    boolean isComplete = complete.getAsBoolean();
    LeaseRegistry.DrainState state = registry.drain(pod);
    return DrainResponse.newBuilder()
        .setRunningTasks(state.runningTasks())
        .setComplete(isComplete && state.unawareSessions() == 0)
        .build();
  }

  private static RunningTask task(Task task) throws StatusException {
    requireTask(task.getId());
    require(
        TASK_CLASS.matcher(task.getTaskClass()).matches(),
        "task_class must be empty or a Kubernetes label value of at most 63 characters");
    require(
        task.getQueue().length() <= MAX_QUEUE_LENGTH,
        "queue is longer than " + MAX_QUEUE_LENGTH + " characters");
    return new RunningTask(
        task.getId(),
        task.getTaskClass(),
        task.getQueue(),
        task.hasWaitedMillis() ? believable(task.getWaitedMillis()) : Optional.empty());
  }

  /** A time that a worker tells; one that cannot be is as none. */
  private static Optional<Duration> believable(long millis) {
    return millis >= 0 && millis <= LeaseLimits.MAX_TASK_TIME.toMillis()
        ? Optional.of(Duration.ofMillis(millis))
        : Optional.empty();
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

  private static StatusException draining() {
    return Status.FAILED_PRECONDITION
        .withDescription("the pod is being taken away: it starts no new tasks")
        .asException();
  }
}
