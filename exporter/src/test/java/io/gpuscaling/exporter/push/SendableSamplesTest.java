package io.gpuscaling.exporter.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SendableSamplesTest {

  private static final SourceState OK = new SourceState.Ok(0);
  private static final SourceState LOST = new SourceState.NeverObserved(UnknownReason.INVALID);

  private final CollectorRegistry registry = new CollectorRegistry();
  private final LatestSamples latest = new LatestSamples();
  private final SendableSamples samples = new SendableSamples(latest, new PushMetrics(registry));

  @Test
  void snapshot_allFit_isTheLatestItself() {
    publish("dcgm", key("gpu_count", Labels.of("uuid", "GPU-1")));

    assertThat(samples.snapshot()).isEqualTo(latest.snapshot());
    assertThat(samples.snapshot()).isSameAs(samples.snapshot());
    assertThat(unsent("invalid")).isZero();
  }

  static Stream<SeriesKey> series_thatDoNotFit() {
    Labels many = Labels.EMPTY;
    for (int i = 0; i <= PushLimits.MAX_LABELS; i++) {
      many = many.with("l" + i, "v");
    }
    return Stream.of(
        key("", Labels.EMPTY),
        key("1gpu", Labels.EMPTY),
        key("gpu-count", Labels.EMPTY),
        key("m".repeat(PushLimits.MAX_METRIC_LENGTH + 1), Labels.EMPTY),
        key("gpu_count", many),
        key("gpu_count", Labels.of("l".repeat(PushLimits.MAX_LABEL_NAME_LENGTH + 1), "v")),
        key("gpu_count", Labels.of("l", "v".repeat(PushLimits.MAX_LABEL_VALUE_LENGTH + 1))),
        key("gpu_count", Labels.of("node", "node-b")));
  }

  @ParameterizedTest
  @MethodSource("series_thatDoNotFit")
  void snapshot_seriesDoesNotFit_isLeftOutAndItsSourceFails(SeriesKey bad) {
    publish("dcgm", key("gpu_count", Labels.EMPTY), bad);
    publish("lease", key("gpu_tasks_active", Labels.EMPTY));

    assertThat(keys("dcgm")).containsExactly(key("gpu_count", Labels.EMPTY));
    assertThat(state("dcgm")).isEqualTo(LOST);
    assertThat(state("lease")).isEqualTo(OK);
    assertThat(unsent("invalid")).isEqualTo(1);
  }

  @Test
  void snapshot_atTheBounds_isSent() {
    Labels labels = Labels.EMPTY;
    for (int i = 0; i < PushLimits.MAX_LABELS; i++) {
      labels =
          labels.with(
              ("l" + (char) ('a' + i)).repeat(PushLimits.MAX_LABEL_NAME_LENGTH / 2),
              "v".repeat(PushLimits.MAX_LABEL_VALUE_LENGTH));
    }
    publish("dcgm", key("m".repeat(PushLimits.MAX_METRIC_LENGTH), labels), key(":_9", labels));

    assertThat(keys("dcgm")).hasSize(2);
    assertThat(state("dcgm")).isEqualTo(OK);
  }

  @Test
  void snapshot_seriesTwice_isSentOnceAndTheSecondSourceFails() {
    publish("dcgm", key("gpu_count", Labels.EMPTY));
    publish("second", key("gpu_count", Labels.EMPTY), key("gpu_power_watts", Labels.EMPTY));

    assertThat(keys("dcgm")).hasSize(1);
    assertThat(state("dcgm")).isEqualTo(OK);
    assertThat(keys("second")).containsExactly(key("gpu_power_watts", Labels.EMPTY));
    assertThat(state("second")).isEqualTo(LOST);
    assertThat(unsent("duplicate")).isEqualTo(1);
  }

  @Test
  void snapshot_tooManySeries_failsTheSourcesThatLoseSome() {
    SeriesKey[] all = new SeriesKey[PushLimits.MAX_SERIES];
    for (int i = 0; i < all.length; i++) {
      all[i] = key("gpu_count", Labels.of("i", Integer.toString(i)));
    }
    publish("dcgm", all);
    publish("lease", key("gpu_tasks_active", Labels.EMPTY), key("gpu_workers_busy", Labels.EMPTY));

    assertThat(keys("dcgm")).hasSize(PushLimits.MAX_SERIES);
    assertThat(state("dcgm")).isEqualTo(OK);
    assertThat(keys("lease")).isEmpty();
    assertThat(state("lease")).isEqualTo(LOST);
    assertThat(unsent("too_many")).isEqualTo(2);
  }

  @Test
  void snapshot_mended_isOkAgain() {
    publish("dcgm", key("gpu-count", Labels.EMPTY));
    assertThat(state("dcgm")).isEqualTo(LOST);

    publish("dcgm", key("gpu_count", Labels.EMPTY));

    assertThat(state("dcgm")).isEqualTo(OK);
    assertThat(unsent("invalid")).isZero();
  }

  private static SeriesKey key(String metric, Labels labels) {
    return new SeriesKey(metric, labels);
  }

  private void publish(String source, SeriesKey... series) {
    List<Sample> published = new ArrayList<>();
    for (SeriesKey key : series) {
      published.add(new Sample(key, SampleValue.exact(1), 0));
    }
    latest.publish(new SourceSnapshot(source, OK, published));
  }

  private SourceSnapshot source(String name) {
    SourceSnapshot source = samples.snapshot().sources().get(name);
    if (source == null) {
      throw new AssertionError("no source " + name);
    }
    return source;
  }

  private SourceState state(String name) {
    return source(name).state();
  }

  private List<SeriesKey> keys(String name) {
    return source(name).samples().stream().map(Sample::series).toList();
  }

  private double unsent(String reason) {
    Double value =
        registry.getSampleValue(
            "gpuscaling_push_unsent_series", new String[] {"reason"}, new String[] {reason});
    return value == null ? -1 : value;
  }
}
