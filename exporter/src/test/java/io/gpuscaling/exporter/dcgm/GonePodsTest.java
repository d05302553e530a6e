package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GonePodsTest {

  private static Sample of(String... labels) {
    return new Sample(
        new SeriesKey("gpu_vram_used_bytes", Labels.of(labels)), SampleValue.exact(5), 7);
  }

  private static DeviceHolders holders(boolean complete) {
    var held = new DeviceHolders.Holders(List.of(new PodRef("n", "p", "c")), false);
    return new DeviceHolders(Map.of("A", held), complete);
  }

  @Test
  void podThatHoldsNothingAnyMore_isNotNamed_butItsValueGoesOn() {
    Sample held = of("uuid", "A", "namespace", "n", "pod", "p", "attribution", "exclusive");
    Sample gone = of("uuid", "B", "namespace", "m", "pod", "p", "attribution", "exclusive");
    Sample free = of("uuid", "C", "attribution", "free");

    assertThat(GonePods.forget(List.of(held, gone, free), holders(true)))
        .containsExactly(held, of("uuid", "B", "attribution", "unknown"), free);
  }

  @Test
  void incompleteList_provesNothing() {
    Sample gone = of("uuid", "B", "namespace", "m", "pod", "p");

    assertThat(GonePods.forget(List.of(gone), holders(false))).containsExactly(gone);
  }
}
