package io.gpuscaling.demo.worker;

import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.demo.cluster.ClusterFile;
import io.gpuscaling.demo.cluster.PodTokens;
import io.gpuscaling.demo.gpu.GpuActivity;
import io.gpuscaling.demo.gpu.GpuNode;
import io.gpuscaling.demo.queue.Subscription;
import io.gpuscaling.demo.queue.TaskQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The Deployment of workers: one pod for each GPU at most, spread over the nodes. Not for several
 * threads, but for {@link #failures}.
 */
public final class WorkerPool implements AutoCloseable {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Settings settings;
  private final TaskQueue queue;
  private final PodTokens tokens;
  private final List<Slot> slots = new ArrayList<>();
  private final AtomicInteger failureCount = new AtomicInteger();
  private final AtomicReference<String> lastFailure = new AtomicReference<>("");

  /**
   * How its workers work.
   *
   * @param namespace of the pods
   * @param deployment to which they belong
   * @param taskDuration of one message
   * @param renewInterval of the leases
   */
  public record Settings(
      String namespace, String deployment, Duration taskDuration, Duration renewInterval) {}

  /** A node and the way to the leases of its exporter. */
  public record Place(GpuNode node, LeaseConnection leases) {}

  /** A GPU that a worker may have. */
  private static final class Slot {
    private final Place place;
    private final int gpu;
    private final String pod;
    private @Nullable Worker worker;

    Slot(Place place, int gpu, String pod) {
      this.place = place;
      this.gpu = gpu;
      this.pod = pod;
    }
  }

  /** A pool without workers. */
  public WorkerPool(Settings settings, TaskQueue queue, PodTokens tokens, List<Place> places) {
    this.settings = settings;
    this.queue = queue;
    this.tokens = tokens;
    int gpus = places.stream().mapToInt(it -> it.node().activities().size()).max().orElse(0);
    for (int gpu = 0; gpu < gpus; gpu++) {
      for (Place place : places) {
        if (gpu < place.node().activities().size()) {
          slots.add(new Slot(place, gpu, settings.deployment() + "-" + slots.size()));
        }
      }
    }
  }

  /**
   * Starts or retires workers until there are so many, or all GPUs have one. A GPU whose worker
   * still finishes its task is free at the next call.
   *
   * @throws IOException when the queue cannot be consumed
   */
  public void scaleTo(int replicas) throws IOException {
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      Worker worker = slot.worker;
      if (worker != null && worker.hasEnded()) {
        worker = null;
        slot.worker = null;
      }
      if (i < replicas && worker == null) {
        slot.worker = startWorker(slot);
      } else if (i >= replicas && worker != null) {
        worker.retire();
      }
    }
  }

  /** The pods that have not ended. */
  public List<ClusterFile.Pod> pods() {
    List<ClusterFile.Pod> pods = new ArrayList<>();
    for (Slot slot : slots) {
      Worker worker = slot.worker;
      if (worker != null && !worker.hasEnded()) {
        GpuNode node = slot.place.node();
        pods.add(
            new ClusterFile.Pod(
                slot.pod,
                node.name(),
                !worker.isRetiring(),
                node.activities().get(slot.gpu) == GpuActivity.BUSY));
      }
    }
    return pods;
  }

  private Worker startWorker(Slot slot) throws IOException {
    GpuNode node = slot.place.node();
    String uid = UUID.randomUUID().toString();
    String token =
        tokens.issue(
            new PodTokens.Pod(
                settings.namespace(), slot.pod, uid, settings.deployment(), node.name()));
    Subscription messages = queue.subscribe();
    node.set(slot.gpu, GpuActivity.LOADED);
    var worker =
        new Worker(
            slot.place.leases().withToken(uid, queue.name(), token),
            messages,
            settings.taskDuration(),
            settings.renewInterval(),
            isBusy -> node.set(slot.gpu, isBusy ? GpuActivity.BUSY : GpuActivity.LOADED),
            this::failed,
            () -> {
              tokens.revoke(token);
              node.set(slot.gpu, GpuActivity.FREE);
            });
    worker.start();
    return worker;
  }

  private void failed(String why) {
    lastFailure.set(why);
    failureCount.incrementAndGet();
  }

  /** Lease calls that failed, and the last reason; empty when none did. */
  public String failures() {
    int count = failureCount.get();
    return count == 0 ? "" : count + " lease calls failed, the last with " + lastFailure.get();
  }

  /** Ends all workers. */
  @Override
  public void close() {
    var closer = new Closer();
    for (Slot slot : slots) {
      Worker worker = slot.worker;
      if (worker != null) {
        worker.cancel();
        closer.register(() -> {
          var _ = worker.awaitEnd(CLOSE_TIMEOUT);
        });
      }
    }
    closer.close();
  }
}
