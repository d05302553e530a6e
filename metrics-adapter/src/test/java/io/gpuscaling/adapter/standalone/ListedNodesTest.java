package io.gpuscaling.adapter.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ListedNodesTest {

  @Test
  void snapshot_listedNodes_areReadyWithGpusAndPodsAreNotKnown() {
    ClusterSnapshot snapshot = new ListedNodes(List.of("n1", "n2", "n1")).snapshot();

    assertThat(snapshot.isSynced()).isTrue();
    assertThat(snapshot.arePodsKnown()).isFalse();
    assertThat(snapshot.pods()).isEmpty();
    assertThat(snapshot.workloads()).isEmpty();
    assertThat(snapshot.nodes())
        .isEqualTo(
            Map.of(
                "n1", new ClusterSnapshot.Node("n1", Map.of(), true, Optional.empty()),
                "n2", new ClusterSnapshot.Node("n2", Map.of(), true, Optional.empty())));
  }

  @Test
  void snapshot_noNodes_isSyncedAndEmpty() {
    ClusterSnapshot snapshot = new ListedNodes(List.of()).snapshot();

    assertThat(snapshot.isSynced()).isTrue();
    assertThat(snapshot.nodes()).isEmpty();
  }
}
