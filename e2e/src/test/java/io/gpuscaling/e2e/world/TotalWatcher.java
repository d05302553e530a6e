package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.KubernetesApi.Answer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Asks for the sum of a queue metric again and again, and keeps each that differs. */
public final class TotalWatcher implements AutoCloseable {

  private static final long PAUSE_MILLIS = 50;

  private final List<Double> totals = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  private TotalWatcher(ControlPlane plane, String namespace, String metric, String queue) {
    thread =
        Thread.ofVirtual()
            .name("watch-" + queue)
            .unstarted(() -> watch(new MetricsApi(plane), namespace, metric, "queue=" + queue));
  }

  /** Begins to ask, as cluster administrator. */
  public static TotalWatcher start(
      ControlPlane plane, String namespace, String metric, String queue) {
    var watcher = new TotalWatcher(plane, namespace, metric, queue);
    watcher.thread.start();
    return watcher;
  }

  private void watch(MetricsApi api, String namespace, String metric, String selector) {
    try {
      while (!closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        Answer answer = api.external(namespace, metric, selector);
        if (answer.isSuccess()) {
          double total = MetricsApi.total(answer);
          if (totals.isEmpty() || totals.getLast() != total) {
            totals.add(total);
          }
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** The sums that were answered, each once until it changed; refusals are left out. */
  public List<Double> totals() {
    return List.copyOf(totals);
  }

  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
  }
}
