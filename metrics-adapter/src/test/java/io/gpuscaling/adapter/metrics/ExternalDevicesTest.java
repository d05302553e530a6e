package io.gpuscaling.adapter.metrics;

import static io.gpuscaling.adapter.metrics.World.failure;
import static io.gpuscaling.adapter.metrics.World.items;
import static io.gpuscaling.adapter.metrics.World.sum;
import static io.gpuscaling.adapter.metrics.World.unavailable;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ExternalDevicesTest {

  private static final String USED = "gpu_vram_used_bytes";

  private final World world = new World().grantNodes("ns").node("gpu-1").node("gpu-2");

  private World both() {
    world
        .exporter("gpu-1")
        .gpu(USED, "1", 20)
        .gpu(USED, "0", 10)
        .gpu("gpu_temperature_celsius", "0", 50)
        .push();
    return world.exporter("gpu-2").gpu(USED, "0", 5).gpu("gpu_temperature_celsius", "0", 60).push();
  }

  @Test
  void external_devices_oneItemForEachSeriesInOrder() {
    both();

    assertThat(items(world.external("ns", USED, "")))
        .extracting(
            item -> item.labels().get("node") + "/" + item.labels().get("gpu") + "=" + item.value())
        .containsExactly("gpu-1/0=10.0", "gpu-2/0=5.0", "gpu-1/1=20.0");
    assertThat(sum(world.external("ns", USED, "node=gpu-1"))).isEqualTo(30);
    assertThat(sum(world.external("ns", USED, "gpu=0"))).isEqualTo(15);
    assertThat(items(world.external("ns", USED, "gpu=9"))).isEmpty();
  }

  @Test
  void external_gpusByNvml_addUpWithThoseByDcgmAndHaveTheSameLimit() {
    world.exporter("gpu-1").gpu(USED, "0", 10).push();
    world.nvmlExporter("gpu-2").series(USED, "nvml", 5, "gpu", "0", "uuid", "GPU-0").push();
    assertThat(sum(world.external("ns", USED, "gpu=0"))).isEqualTo(15);

    world.pass(Duration.ofSeconds(90));
    assertThat(sum(world.external("ns", USED, "gpu=0"))).isEqualTo(15);
    world.pass(Duration.ofMillis(1));
    assertThat(unavailable(world.external("ns", USED, ""))).contains("2 of 2 nodes");
  }

  @Test
  void external_nvmlThatFails_isIncomplete() {
    both();
    world.nvmlExporter("gpu-2").starting("nvml").failing("nvml", UnknownReason.MISSING).push();

    assertThat(unavailable(world.external("ns", USED, ""))).contains("1 of 2 nodes: gpu-2");
  }

  @Test
  void external_notGranted_namesTheKey() {
    assertThat(failure(both().external("other", USED, "")))
        .isEqualTo(
            new QueryFailure.NotGranted(
                "namespace other is not granted the series of nodes (configuration key grants,"
                    + " nodes: true)"));
  }

  @Test
  void external_nonAdditive_needsOneSeries() {
    both();

    assertThat(failure(world.external("ns", "gpu_temperature_celsius", "")))
        .isEqualTo(
            new QueryFailure.Ambiguous(
                "gpu_temperature_celsius does not add up and 2 series match; select one by the"
                    + " label node"));
    assertThat(sum(world.external("ns", "gpu_temperature_celsius", "node=gpu-2"))).isEqualTo(60);
  }

  @Test
  void external_clusterNotRead_isUnavailable() {
    assertThat(unavailable(both().unsynced().external("ns", USED, ""))).contains("not read");
  }

  @Test
  void external_dcgmStale_isIncompleteAfterItsOwnLimit() {
    both().pass(Duration.ofSeconds(90));
    assertThat(items(world.external("ns", USED, "")))
        .extracting(ExternalItem::age)
        .containsOnly(Duration.ofSeconds(90));

    world.pass(Duration.ofMillis(1));
    assertThat(unavailable(world.external("ns", USED, "")))
        .startsWith("incomplete: 2 of 2 nodes: gpu-1 (last observed 90 s ago)");
  }

  @Test
  void external_oneGpuUnknown_isIncompleteUnlessNotSelected() {
    both();
    world
        .exporter("gpu-2")
        .gpu(USED, "0", 5)
        .series(USED, "dcgm", SampleValue.unknown(UnknownReason.NOT_REPORTED), "gpu", "1")
        .push();

    assertThat(unavailable(world.external("ns", USED, "")))
        .isEqualTo("incomplete: 1 of 2 nodes: gpu-2 (GPU 1: its source does not report it)");
    assertThat(sum(world.external("ns", USED, "gpu=0"))).isEqualTo(15);
  }

  @Test
  void external_lowerBound_isNotServed() {
    both();
    world
        .exporter("gpu-2")
        .series(USED, "dcgm", new SampleValue.Known(5, Exactness.LOWER_BOUND), "gpu", "0")
        .push();

    assertThat(unavailable(world.external("ns", USED, "")))
        .isEqualTo("incomplete: 1 of 2 nodes: gpu-2 (GPU 0: only a lower bound is known)");
  }

  @Test
  void external_nodeReportsNoSuchMetric_isIncomplete() {
    both();
    world.exporter("gpu-2").push();

    assertThat(unavailable(world.external("ns", USED, "")))
        .isEqualTo("incomplete: 1 of 2 nodes: gpu-2 (it does not report gpu_vram_used_bytes)");
  }

  @Test
  void external_deviceOfNodeThatIsGone_isNotCounted() {
    assertThat(sum(both().deleteNode("gpu-1").external("ns", USED, ""))).isEqualTo(5);
  }

  @Test
  void external_sampleYoungerThanItsSource_keepsItsOwnAge() {
    var exporter = world.exporter("gpu-1");
    world.pass(Duration.ofSeconds(10));
    exporter.gpu(USED, "0", 1).push();

    assertThat(items(world.external("ns", USED, "node=gpu-1")))
        .extracting(ExternalItem::age)
        .containsExactly(Duration.ofSeconds(10));
  }
}
