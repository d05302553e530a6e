package io.gpuscaling.benchmarks.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.metric.ServedMetric;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A rolling update of all exporters neither lowers nor interrupts a sum: each that the adapter
 * serves meanwhile is the whole one, though the exporters that have just started know of no GPU yet
 * and of half of their workers.
 */
@Timeout(180)
class RollingFleetIT {

  private static final Duration DEADLINE = Duration.ofSeconds(90);

  @Test
  void rollingUpdate_of60Exporters_leavesEverySumAsItIs() {
    var shape = new FleetShape(60, 8);
    // Of the limits only 45 s for leases could end the test; a process is complete after 2.
    var plan =
        new RollPlan(6, Duration.ofMillis(300), Duration.ofMillis(500), Duration.ofSeconds(2));
    try (var adapter = StandaloneAdapter.start("rolling-fleet", shape.nodes(), "");
        var fleet = Fleet.create(shape, adapter)) {
      var reader = new MetricsReader(adapter);
      fleet.start();
      fleet.settle(DEADLINE);
      Map<ServedMetric, Long> sums = new EnumMap<>(fleet.sums());
      sums.keySet()
          .retainAll(
              List.of(
                  ServedMetric.GPU_COUNT,
                  ServedMetric.GPU_VRAM_USED_BYTES,
                  ServedMetric.GPU_TASKS_ACTIVE,
                  ServedMetric.GPU_WORKERS_BUSY));
      long opened = fleet.counters().openedStreams();

      SumWatch watch = SumWatch.start(reader, sums);
      try (watch) {
        fleet.roll(plan);
        fleet.awaitRolled(DEADLINE);
      }

      assertThat(watch.wrong()).isEmpty();
      assertThat(watch.latencies().count()).isGreaterThan(20);
      assertThat(fleet.counters().openedStreams()).isGreaterThanOrEqualTo(opened + 60);

      // What the new processes say counts from then on.
      fleet.move();
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() -> !fleet.sums().entrySet().containsAll(sums.entrySet()));
      fleet.settle(DEADLINE);
      SumWatch after = SumWatch.start(reader, fleet.sums());
      try (after) {
        Awaitility.await().atMost(DEADLINE).until(() -> after.latencies().count() >= 14);
      }
      assertThat(after.wrong()).isEmpty();
    }
  }
}
