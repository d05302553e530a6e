package io.gpuscaling.e2e.world;

import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.Task;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A worker in a pod: holds a session with the exporter of its node and tells it of its tasks. */
public final class Worker implements AutoCloseable {

  private static final String LEASES_NAME = "exporter-leases.gpuscaling.svc";
  private static final String AUDIENCE = "gpuscaling-leases";
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final String sessionId;
  private final ManagedChannel channel;
  private final TaskLeasesBlockingStub leases;
  private final Set<String> tasks = new LinkedHashSet<>();
  private final ScheduledExecutorService renewals = Executors.newSingleThreadScheduledExecutor();

  private Worker(String sessionId, ManagedChannel channel, String token) {
    this.sessionId = sessionId;
    this.channel = channel;
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    this.leases =
        TaskLeasesGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** A worker with the token of its pod, whose session is open and renewed. */
  public static Worker inPod(Installation installation, GpuPod pod, Exporter exporter) {
    Worker worker =
        withToken(
            installation,
            pod.name(),
            installation.plane().objects().podToken(pod, AUDIENCE),
            exporter);
    worker.renew();
    long periodMillis = installation.leases().timeToLive().toMillis() / 3;
    var _ =
        worker.renewals.scheduleAtFixedRate(
            worker::renewAgain, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
    return worker;
  }

  /** A client with some token; nothing has been said yet. */
  public static Worker withToken(
      Installation installation, String sessionId, String token, Exporter exporter) {
    try {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", exporter.leasePort())
              .overrideAuthority(LEASES_NAME)
              .sslContext(
                  GrpcSslContexts.forClient().trustManager(installation.caFile().toFile()).build())
              .build();
      return new Worker(sessionId, channel, token);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tells the exporter that the worker lives, and of all its tasks. */
  public synchronized void renew() {
    var request = RenewRequest.newBuilder().setSessionId(sessionId);
    tasks.forEach(task ->
        request.addTasks(Task.newBuilder().setId(task).setTaskClass("sample").setQueue("jobs")));
    var _ = stub().renew(request.build());
  }

  /** As the clients do: a worker whose exporter is away for a moment tries again. */
  private void renewAgain() {
    try {
      renew();
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNAVAILABLE
          && e.getStatus().getCode() != Status.Code.DEADLINE_EXCEEDED) {
        throw e;
      }
      channel.resetConnectBackoff(); // the next try is ours, not the channel's
    }
  }

  /** Starts a task. */
  public synchronized void start(String task) {
    var _ =
        stub()
            .start(
                StartRequest.newBuilder()
                    .setSessionId(sessionId)
                    .setTask(Task.newBuilder().setId(task).setTaskClass("sample").setQueue("jobs"))
                    .build());
    tasks.add(task);
  }

  /** Starts so many tasks beside those that run. */
  public synchronized void start(int count) {
    int running = tasks.size();
    for (int i = 0; i < count; i++) {
      start("task-" + (running + i));
    }
  }

  /** Ends all its tasks. */
  public synchronized void endAll() {
    for (String task : tasks) {
      var _ =
          stub()
              .end(
                  EndRequest.newBuilder()
                      .setSessionId(sessionId)
                      .setTaskId(task)
                      .setOutcome(Outcome.OUTCOME_OK)
                      .build());
    }
    tasks.clear();
  }

  private TaskLeasesBlockingStub stub() {
    return leases.withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  /** Goes away as a killed process does: says nothing any more. */
  public void vanish() {
    renewals.shutdownNow();
    channel.shutdownNow();
  }

  /** Goes in order. */
  @Override
  public void close() {
    renewals.shutdownNow();
    if (!channel.isShutdown()) {
      var _ = stub().close(CloseRequest.newBuilder().setSessionId(sessionId).build());
      channel.shutdownNow();
    }
  }
}
