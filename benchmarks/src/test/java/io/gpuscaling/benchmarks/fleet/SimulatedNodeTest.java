package io.gpuscaling.benchmarks.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.proto.v1.Series;
import io.gpuscaling.proto.v1.Update;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SimulatedNodeTest {

  private static final int GPUS = 8;

  private final SimulatedNode node = new SimulatedNode(7, GPUS);

  /** What an adapter would hold: the value of each series by its id, and its metric. */
  private final Map<Integer, Double> held = new HashMap<>();

  private final Map<Integer, String> metrics = new HashMap<>();

  private void takeSnapshot() {
    for (Series series : node.snapshot(1).getSnapshot().getSeriesList()) {
      assertThat(held.put(series.getId(), series.getSample().getValue())).isNull();
      metrics.put(series.getId(), series.getMetric());
    }
  }

  private void takeDelta(long generation) {
    for (Update update : node.delta(generation, generation - 1).getDelta().getUpdatedList()) {
      assertThat(held.put(update.getId(), update.getSample().getValue())).isNotNull();
    }
  }

  private Map<ServedMetric, Long> heldSums() {
    Map<ServedMetric, Long> sums = new EnumMap<>(ServedMetric.class);
    held.forEach((id, value) ->
        sums.merge(
            ServedMetric.byName(Objects.requireNonNull(metrics.get(id))).orElseThrow(),
            Math.round(value),
            Long::sum));
    return sums;
  }

  @Test
  void snapshot_ofANode_hasTheSumsThatItSays() {
    takeSnapshot();

    assertThat(held).hasSize(node.seriesCount());
    assertThat(heldSums()).isEqualTo(node.sums());
    assertThat(node.sums()).containsEntry(ServedMetric.GPU_COUNT, (long) GPUS);
  }

  @Test
  void delta_afterSeveralSteps_bringsTheSumsAlong() {
    takeSnapshot();
    Map<ServedMetric, Long> before = node.sums();

    for (int generation = 2; generation < 10; generation++) {
      node.advance();
      takeDelta(generation);
      assertThat(heldSums()).isEqualTo(node.sums());
    }

    assertThat(node.sums()).isNotEqualTo(before);
  }

  @Test
  void snapshot_ofTwoNodes_differs() {
    assertThat(new SimulatedNode(8, GPUS).sums()).isNotEqualTo(node.sums());
    assertThat(new SimulatedNode(7, GPUS).sums()).isEqualTo(node.sums());
  }

  @Test
  void sums_atAnyStep_keepUsedAndFreeTogetherAndTasksInRange() {
    for (int step = 0; step < 100; step++) {
      node.advance();
      Map<ServedMetric, Long> sums = node.sums();
      assertThat(
              Objects.requireNonNull(sums.get(ServedMetric.GPU_VRAM_USED_BYTES))
                  + Objects.requireNonNull(sums.get(ServedMetric.GPU_VRAM_FREE_BYTES)))
          .isEqualTo(GPUS * SimulatedNode.VRAM_BYTES)
          .isEqualTo(sums.get(ServedMetric.GPU_VRAM_TOTAL_BYTES));
      assertThat(sums.get(ServedMetric.GPU_TASKS_ACTIVE))
          .isBetween(0L, (long) GPUS * SimulatedNode.MAX_TASKS);
    }
  }

  @Test
  void series_ofANode_nameNoNode() {
    List<Series> series = node.snapshot(1).getSnapshot().getSeriesList();

    assertThat(series)
        .allSatisfy(each ->
            assertThat(each.getLabelsList()).noneMatch(label -> label.getName().equals("node")));
  }
}
