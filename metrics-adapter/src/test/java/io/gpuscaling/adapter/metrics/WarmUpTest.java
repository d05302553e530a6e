package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.store.SampleStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  private static final Duration MOST = Duration.ofSeconds(10);

  private final AtomicLong nanos = new AtomicLong();
  private final SampleStore store = new SampleStore(nanos::get, Duration.ofHours(1));
  private final AtomicReference<ClusterSnapshot> cluster =
      new AtomicReference<>(ClusterSnapshot.UNREAD);
  private final WarmUp warmUp =
      new WarmUp(
          store,
          cluster::get,
          Duration.ofMinutes(5),
          MOST,
          nanos::get,
          InstantSource.fixed(Instant.EPOCH));

  private static ClusterSnapshot clusterOf(String... names) {
    Map<String, ClusterSnapshot.Node> nodes = new HashMap<>();
    for (String name : names) {
      nodes.put(name, new ClusterSnapshot.Node(name, Map.of(), true, Optional.empty()));
    }
    nodes.put("cpu", new ClusterSnapshot.Node("cpu", Map.of(), false, Optional.empty()));
    return new ClusterSnapshot(true, true, nodes, Map.of(), Map.of());
  }

  @Test
  void clusterNotRead_orNodeSilent_isNotReady() {
    assertThat(warmUp.getAsBoolean()).isFalse();
    cluster.set(clusterOf("gpu-1"));
    assertThat(warmUp.getAsBoolean()).isFalse();
  }

  @Test
  void noNodeWithGpus_isReadyAtOnce() {
    cluster.set(clusterOf());

    assertThat(warmUp.getAsBoolean()).isTrue();
  }

  @Test
  void silentNode_holdsItUpForAShortTimeOnly_andNeverAgain() {
    cluster.set(clusterOf("gpu-1"));
    nanos.set(MOST.toNanos() - 1);
    assertThat(warmUp.getAsBoolean()).isFalse();

    nanos.set(MOST.toNanos());
    assertThat(warmUp.getAsBoolean()).isTrue();

    cluster.set(clusterOf("gpu-1", "gpu-2"));
    assertThat(warmUp.getAsBoolean()).isTrue();
  }
}
