package io.gpuscaling.benchmarks.jmh;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorUpdate;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSample;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Takes one update in and publishes the snapshot that readers see, among 1,000 contributors of 8
 * GPUs with 5 series each.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class SnapshotPublishBenchmark {

  private static final int CONTRIBUTORS = 1_000;
  private static final int GPUS = 8;
  private static final List<ServedMetric> METRICS =
      List.of(
          ServedMetric.GPU_VRAM_USED_BYTES,
          ServedMetric.GPU_VRAM_FREE_BYTES,
          ServedMetric.GPU_VRAM_USED_RATIO,
          ServedMetric.GPU_UTILIZATION_RATIO,
          ServedMetric.GPU_POWER_WATTS);

  private final SampleStore store = new SampleStore(() -> 0, Duration.ofDays(1));
  private final List<SampleStore.Writer> writers = new ArrayList<>();
  private final Map<String, SourceView> sources =
      Map.of(Sources.DCGM, new SourceView(true, 0, null));
  private ContributorUpdate changes =
      new ContributorUpdate.Changes(List.of(), List.of(), List.of(), sources);
  private final ContributorUpdate alive = new ContributorUpdate.Alive(sources);
  private int next;

  /** Fills the store. */
  @Setup
  public void fill() {
    for (int node = 0; node < CONTRIBUTORS; node++) {
      String name = "node-" + node;
      SampleStore.Writer writer = store.open(new Contributor.Node(name));
      writer.apply(new ContributorUpdate.Full("boot", seriesOf(name), sources));
      writers.add(writer);
    }
    List<NewSample> updated = new ArrayList<>();
    for (int id = 1; id <= GPUS * METRICS.size(); id++) {
      updated.add(new NewSample(id, SampleValue.exact(id), 0));
    }
    changes = new ContributorUpdate.Changes(List.of(), updated, List.of(), sources);
  }

  private static List<NewSeries> seriesOf(String node) {
    List<NewSeries> series = new ArrayList<>();
    for (int gpu = 0; gpu < GPUS; gpu++) {
      Labels labels = Labels.of("gpu", "" + gpu, "node", node, "uuid", "GPU-" + node + "-" + gpu);
      for (ServedMetric metric : METRICS) {
        var sample = new StoredSample(labels, SampleValue.exact(1), Sources.DCGM, 0);
        series.add(new NewSeries(series.size() + 1, metric.metricName(), sample));
      }
    }
    return series;
  }

  private SampleStore.Writer nextWriter() {
    next = (next + 1) % CONTRIBUTORS;
    return writers.get(next);
  }

  /** A delta that changes all 40 series of a node. */
  @Benchmark
  public boolean delta() {
    return nextWriter().apply(changes);
  }

  /** A heartbeat: nothing but the age of the sources. */
  @Benchmark
  public boolean heartbeat() {
    return nextWriter().apply(alive);
  }
}
