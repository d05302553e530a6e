package io.gpuscaling.benchmarks.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FleetShapeTest {

  @Test
  void nodes_ofAFleet_areAllDifferent() {
    var shape = new FleetShape(1_000, 8);

    assertThat(shape.nodes()).hasSize(1_000).doesNotHaveDuplicates().contains("sim-00999");
    assertThat(shape.totalGpus()).isEqualTo(8_000);
  }

  @Test
  void create_withoutNodesOrGpus_isRefused() {
    assertThatThrownBy(() -> new FleetShape(0, 8)).hasMessageContaining("0 exporters");
    assertThatThrownBy(() -> new FleetShape(1, 0)).hasMessageContaining("0 GPUs");
  }
}
