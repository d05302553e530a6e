package io.gpuscaling.exporter.latest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.exporter.latest.LatestSamples.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class LatestSamplesTest {

  private final LatestSamples latest = new LatestSamples();

  @Test
  void snapshot_nothingPublished_isEmpty() {
    assertThat(latest.snapshot().sources()).isEmpty();
  }

  @Test
  void publish_severalSources_areKeptByNameInOrder() {
    latest.publish(source("lease", 1));
    latest.publish(source("dcgm", 2));
    latest.publish(source("rabbitmq/default", 3));
    latest.publish(source("dcgm", 4));

    assertThat(latest.snapshot().sources())
        .containsExactlyEntriesOf(
            new TreeMap<>(
                Map.of(
                    "dcgm", source("dcgm", 4),
                    "lease", source("lease", 1),
                    "rabbitmq/default", source("rabbitmq/default", 3))));
  }

  @Test
  void snapshot_taken_neverChanges() {
    latest.publish(source("dcgm", 1));
    Snapshot before = latest.snapshot();
    latest.publish(source("dcgm", 2));

    assertThat(before.sources()).containsEntry("dcgm", source("dcgm", 1));
    assertThatThrownBy(() -> before.sources().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    var map = new TreeMap<String, SourceSnapshot>();
    var snapshot = new Snapshot(map);
    map.put("dcgm", source("dcgm", 3));
    assertThat(snapshot.sources()).isEmpty();
  }

  @Test
  void onChange_published_isToldAfterItCanBeSeen() {
    var seen = new AtomicInteger();
    try (var _ = latest.onChange(() -> seen.set(latest.snapshot().sources().size()))) {
      latest.publish(source("dcgm", 1));
      assertThat(seen).hasValue(1);
    }
    latest.publish(source("lease", 1));
    assertThat(seen).describedAs("after the subscription was closed").hasValue(1);
  }

  @Test
  void publish_manyThreads_losesNoSource() {
    var told = new AtomicInteger();
    var go = new CountDownLatch(1);
    try (var _ = latest.onChange(told::incrementAndGet);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 16; i++) {
        String name = "source-" + i;
        threads.execute(() -> {
          awaitQuietly(go);
          for (int value = 1; value <= 100; value++) {
            latest.publish(source(name, value));
          }
        });
      }
      go.countDown();
    }
    assertThat(latest.snapshot().sources()).hasSize(16);
    assertThat(latest.snapshot().sources().values())
        .allSatisfy(it -> assertThat(it.state()).isEqualTo(new SourceState.Ok(100)));
    assertThat(told).hasValue(1_600);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static SourceSnapshot source(String name, long observedAt) {
    return new SourceSnapshot(name, new SourceState.Ok(observedAt), List.of());
  }
}
