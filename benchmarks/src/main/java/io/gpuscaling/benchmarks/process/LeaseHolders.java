package io.gpuscaling.benchmarks.process;

import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.Task;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Workers in pods {@code pod-0}, {@code pod-1}, …, each with a session that is renewed every ten
 * seconds and at most one task. Over one connection: each call shows the token of its pod. Safe for
 * use by any thread.
 */
public final class LeaseHolders implements AutoCloseable {

  private static final long RENEW_SECONDS = 10;
  private static final long CALL_SECONDS = 30;
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;
  private final List<TaskLeasesBlockingStub> pods = new ArrayList<>();

  /** Ids of the tasks that are held, by pod. */
  private final Map<Integer, String> held = new ConcurrentHashMap<>();

  private final AtomicLong started = new AtomicLong();
  private final ScheduledExecutorService renewals = Executors.newSingleThreadScheduledExecutor();

  private LeaseHolders(ManagedChannel channel, int count) {
    this.channel = channel;
    for (int pod = 0; pod < count; pod++) {
      Metadata headers = new Metadata();
      headers.put(AUTHORIZATION, "Bearer " + name(pod));
      pods.add(
          TaskLeasesGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers)));
    }
  }

  /** Opens the sessions. */
  public static LeaseHolders open(CertificateAuthority authority, int port, int count)
      throws IOException {
    var holders =
        new LeaseHolders(
            NettyChannelBuilder.forAddress("127.0.0.1", port)
                .overrideAuthority("leases")
                .sslContext(
                    GrpcSslContexts.forClient().trustManager(authority.certificate()).build())
                .build(),
            count);
    holders.renew();
    var _ =
        holders.renewals.scheduleAtFixedRate(
            holders::renew, RENEW_SECONDS, RENEW_SECONDS, TimeUnit.SECONDS);
    return holders;
  }

  /** The name of a pod. */
  public static String name(int pod) {
    return "pod-" + pod;
  }

  /** How many pods. */
  public int count() {
    return pods.size();
  }

  private void renew() {
    for (int pod = 0; pod < pods.size(); pod++) {
      var request = RenewRequest.newBuilder().setSessionId("s");
      String task = held.get(pod);
      if (task != null) {
        request.addTasks(task(task));
      }
      var _ = stub(pod).renew(request.build());
    }
  }

  private static Task task(String id) {
    return Task.newBuilder().setId(id).setTaskClass("bench").setQueue("jobs").build();
  }

  private TaskLeasesBlockingStub stub(int pod) {
    // The exporter is ready before it takes leases.
    return pods.get(pod).withWaitForReady().withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  /** Starts a task of a pod that has none. */
  public void start(int pod) {
    String task = "task-" + started.incrementAndGet(); // one that has ended cannot begin again
    // Before the call: a reader may see the task, and end it, before the call returns.
    held.put(pod, task);
    var _ =
        stub(pod).start(StartRequest.newBuilder().setSessionId("s").setTask(task(task)).build());
  }

  /** Starts a task of every pod. */
  public void startAll() {
    for (int pod = 0; pod < pods.size(); pod++) {
      start(pod);
    }
  }

  /** Ends the task of a pod. */
  public void end(int pod) {
    String task = Objects.requireNonNull(held.remove(pod), "a pod without a task");
    var _ =
        stub(pod)
            .end(
                EndRequest.newBuilder()
                    .setSessionId("s")
                    .setTaskId(task)
                    .setOutcome(Outcome.OUTCOME_OK)
                    .build());
  }

  @Override
  public void close() {
    renewals.shutdownNow();
    channel.shutdownNow();
  }
}
