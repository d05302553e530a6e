package io.gpuscaling.e2e.world;

import io.gpuscaling.proto.v1.DrainRequest;
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
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * A worker that acts out its whole life: it takes one task after the other in each of its lanes,
 * and when its pod is taken away it does what its preStop hook says, and is killed then. What it
 * runs at that moment is lost.
 */
public final class ActingWorker {

  private static final int LANES = 2;
  private static final Duration SHORTEST_TASK = Duration.ofMillis(100);
  private static final Duration LONGEST_TASK = Duration.ofSeconds(3);
  private static final long RENEW_MILLIS = Installation.LEASE_TIME_TO_LIVE.toMillis() / 3;

  /** Half of what the shipped hook waits. */
  private static final long DRAIN_POLL_MILLIS = 500;

  private final ScheduledExecutorService scheduler;
  private final RandomGenerator random;
  private final Tally tally;
  private final ManagedChannel channel;
  private final TaskLeasesBlockingStub leases;

  // Guarded by this.
  private final Set<String> running = new HashSet<>();
  private boolean draining;
  private boolean killed;
  private int tasks;

  /** What became of the tasks of all workers. */
  public static final class Tally {
    private final AtomicLong finished = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

    /** Tasks that ended by themselves. */
    public long finished() {
      return finished.get();
    }

    /** Tasks that ran when their worker was killed. */
    public long lost() {
      return lost.get();
    }
  }

  private ActingWorker(
      Installation installation,
      GpuPod pod,
      Exporter exporter,
      ScheduledExecutorService scheduler,
      RandomGenerator random,
      Tally tally) {
    this.scheduler = scheduler;
    this.random = random;
    this.tally = tally;
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + installation.plane().objects().podToken(pod, "gpuscaling-leases"));
    try {
      channel =
          NettyChannelBuilder.forAddress("127.0.0.1", exporter.leasePort())
              .overrideAuthority("exporter-leases.gpuscaling.svc")
              .sslContext(
                  GrpcSslContexts.forClient().trustManager(installation.caFile().toFile()).build())
              .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    leases =
        TaskLeasesGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** A worker that runs tasks from now on. */
  public static ActingWorker start(
      Installation installation,
      GpuPod pod,
      Exporter exporter,
      ScheduledExecutorService scheduler,
      RandomGenerator random,
      Tally tally) {
    var worker = new ActingWorker(installation, pod, exporter, scheduler, random, tally);
    worker.renew();
    for (int lane = 0; lane < LANES; lane++) {
      worker.next();
    }
    return worker;
  }

  private TaskLeasesBlockingStub stub() {
    return leases.withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private void later(long millis, Runnable what) {
    var _ =
        scheduler.schedule(() -> Thread.startVirtualThread(what), millis, TimeUnit.MILLISECONDS);
  }

  /** Every call of one worker is made under its lock: one after the other, as by the clients. */
  private synchronized void renew() {
    if (killed) {
      return;
    }
    boolean before = draining;
    var request = RenewRequest.newBuilder().setSessionId("s");
    running.forEach(task -> request.addTasks(Task.newBuilder().setId(task)));
    draining |= stub().renew(request.build()).getDraining();
    later(draining && !before ? 0 : RENEW_MILLIS, this::renew);
  }

  private synchronized void next() {
    if (killed || draining) {
      return;
    }
    String task = "task-" + tasks++;
    try {
      var _ =
          stub()
              .start(
                  StartRequest.newBuilder()
                      .setSessionId("s")
                      .setTask(Task.newBuilder().setId(task))
                      .build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.FAILED_PRECONDITION) {
        throw e;
      }
      // The job stays in its queue for another worker.
      draining = true;
      later(0, this::renew);
      return;
    }
    running.add(task);
    later(random.nextLong(SHORTEST_TASK.toMillis(), LONGEST_TASK.toMillis()), () -> finish(task));
  }

  private synchronized void finish(String task) {
    if (killed) {
      return;
    }
    running.remove(task);
    tally.finished.incrementAndGet();
    var _ =
        stub()
            .end(
                EndRequest.newBuilder()
                    .setSessionId("s")
                    .setTaskId(task)
                    .setOutcome(Outcome.OUTCOME_OK)
                    .build());
    next();
  }

  /** Its pod is taken away: waits as the preStop hook does, then is killed; calls back then. */
  public void drainThenKill(Runnable gone) {
    var state = stub().drain(DrainRequest.getDefaultInstance());
    if (state.getComplete() && state.getRunningTasks() == 0) {
      kill(gone);
    } else {
      later(DRAIN_POLL_MILLIS, () -> drainThenKill(gone));
    }
  }

  /** Is killed at once; calls back then. */
  public void kill(Runnable gone) {
    synchronized (this) {
      killed = true;
      tally.lost.addAndGet(running.size());
      channel.shutdownNow();
    }
    gone.run();
  }
}
