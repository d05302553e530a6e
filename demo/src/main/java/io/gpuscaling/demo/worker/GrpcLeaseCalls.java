package io.gpuscaling.demo.worker;

import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.Task;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Lease calls with a worker's token, each with a deadline. */
final class GrpcLeaseCalls implements LeaseCalls {

  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final String TASK_CLASS = "generation";
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final TaskLeasesBlockingStub stub;
  private final String sessionId;
  private final String queue;

  GrpcLeaseCalls(Channel channel, String sessionId, String queue, String token) {
    var headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    this.stub =
        TaskLeasesGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    this.sessionId = sessionId;
    this.queue = queue;
  }

  @Override
  public Result renew(Collection<String> tasks) {
    var request = RenewRequest.newBuilder().setSessionId(sessionId);
    tasks.forEach(task -> request.addTasks(task(task)));
    return call(leases -> leases.renew(request.build()));
  }

  @Override
  public Result start(String task) {
    return call(leases ->
        leases.start(
            StartRequest.newBuilder().setSessionId(sessionId).setTask(task(task)).build()));
  }

  @Override
  public Result end(String task) {
    return call(leases ->
        leases.end(
            EndRequest.newBuilder()
                .setSessionId(sessionId)
                .setTaskId(task)
                .setOutcome(Outcome.OUTCOME_OK)
                .build()));
  }

  @Override
  public Result close() {
    return call(leases -> leases.close(CloseRequest.newBuilder().setSessionId(sessionId).build()));
  }

  private Result call(Consumer<TaskLeasesBlockingStub> call) {
    try {
      call.accept(stub.withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS));
      return new Result.Done();
    } catch (StatusRuntimeException e) {
      return new Result.Failed(e.getStatus().getCode() + ": " + e.getStatus().getDescription());
    }
  }

  private Task task(String id) {
    return Task.newBuilder().setId(id).setQueue(queue).setTaskClass(TASK_CLASS).build();
  }
}
