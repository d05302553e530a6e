package io.gpuscaling.benchmarks.fleet;

import io.gpuscaling.benchmarks.process.IngestTarget;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.proto.v1.Delta;
import io.gpuscaling.proto.v1.Exactness;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.Heartbeat;
import io.gpuscaling.proto.v1.Hello;
import io.gpuscaling.proto.v1.Label;
import io.gpuscaling.proto.v1.Sample;
import io.gpuscaling.proto.v1.Series;
import io.gpuscaling.proto.v1.SnapshotPart;
import io.gpuscaling.proto.v1.SourceState;
import io.gpuscaling.proto.v1.SourceStatus;
import io.gpuscaling.proto.v1.Update;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What one node would measure, and the messages of the ingest protocol that say so. Its values
 * depend on nothing but its index and how often it was advanced, so that whoever reads them through
 * the API can know what they must be. Every sample is a whole number below 2^53, so that sums of
 * doubles are exact. Not safe for use by several threads.
 *
 * <p>Each GPU has used and free memory (together {@link #VRAM_BYTES}), power, a count of 1, and one
 * pod with a task session. At each step memory, power and tasks change, which is much more than a
 * real exporter sends: those scrape every 15 s.
 */
final class SimulatedNode {

  /** Memory of one GPU. */
  static final long VRAM_BYTES = 80L << 30;

  /** Most tasks that one pod runs. */
  static final int MAX_TASKS = 8;

  private static final int MIN_WATTS = 60;
  private static final int WATTS_RANGE = 640;
  private static final int PROTOCOL_VERSION = 1;

  /** Those that change with each step; the others are told once. */
  private static final List<ServedMetric> CHANGING =
      List.of(
          ServedMetric.GPU_VRAM_USED_BYTES,
          ServedMetric.GPU_VRAM_FREE_BYTES,
          ServedMetric.GPU_POWER_WATTS,
          ServedMetric.GPU_TASKS_ACTIVE,
          ServedMetric.GPU_WORKERS_BUSY);

  private static final List<ServedMetric> FIXED =
      List.of(ServedMetric.GPU_VRAM_TOTAL_BYTES, ServedMetric.GPU_COUNT);

  private static final List<ServedMetric> ALL =
      Stream.concat(CHANGING.stream(), FIXED.stream()).toList();

  /**
   * How much a process of the exporter knows since it has started.
   *
   * @param areGpusRead whether dcgm-exporter has answered
   * @param areLeasesComplete whether every worker that lives has had the time to announce itself;
   *     until then half of them have
   */
  record Knowledge(boolean areGpusRead, boolean areLeasesComplete) {

    /** Of a process that has run for long. */
    static final Knowledge ALL = new Knowledge(true, true);

    private List<SourceStatus> sources() {
      return List.of(source(Sources.DCGM, areGpusRead), source(Sources.LEASE, areLeasesComplete));
    }

    private boolean has(ServedMetric metric, int gpu) {
      return isOfTasks(metric) ? areLeasesComplete || gpu % 2 == 0 : areGpusRead;
    }
  }

  private final int index;
  private final int gpus;
  private final String name;
  private long step;

  SimulatedNode(int index, int gpus) {
    this.index = index;
    this.gpus = gpus;
    this.name = FleetShape.nodeName(index);
  }

  private static SourceStatus source(String source, boolean isObserved) {
    return SourceStatus.newBuilder()
        .setName(source)
        .setState(isObserved ? SourceState.SOURCE_STATE_OK : SourceState.SOURCE_STATE_STARTING)
        .setObserved(isObserved)
        .build();
  }

  String name() {
    return name;
  }

  /** Series of the node: those of each GPU. */
  int seriesCount() {
    return gpus * (CHANGING.size() + FIXED.size());
  }

  /** Time passes: all changing values are others from now on. */
  void advance() {
    step++;
  }

  /** What this node adds to the sum of each metric. */
  Map<ServedMetric, Long> sums() {
    Map<ServedMetric, Long> sums = new EnumMap<>(ServedMetric.class);
    for (int gpu = 0; gpu < gpus; gpu++) {
      for (ServedMetric metric : ALL) {
        sums.merge(metric, value(metric, gpu), Long::sum);
      }
    }
    return sums;
  }

  ExporterMessage hello(String bootId, long unixMillis) {
    return ExporterMessage.newBuilder()
        .setHello(
            Hello.newBuilder()
                .setProtocolVersion(PROTOCOL_VERSION)
                .setNode(name)
                .setBootId(bootId)
                .setExporterVersion("simulated")
                .setSentUnixMillis(unixMillis))
        .build();
  }

  ExporterMessage snapshot(long generation) {
    return snapshot(generation, Knowledge.ALL);
  }

  /** All that a process of the exporter knows. */
  ExporterMessage snapshot(long generation, Knowledge knowledge) {
    var part =
        SnapshotPart.newBuilder()
            .setGeneration(generation)
            .setLast(true)
            .addAllSources(knowledge.sources());
    for (int gpu = 0; gpu < gpus; gpu++) {
      for (ServedMetric metric : ALL) {
        if (knowledge.has(metric, gpu)) {
          part.addSeries(series(metric, gpu));
        }
      }
    }
    return ExporterMessage.newBuilder().setSnapshot(part).build();
  }

  /** Every changing value. */
  ExporterMessage delta(long generation, long baseGeneration) {
    var delta =
        Delta.newBuilder()
            .setGeneration(generation)
            .setBaseGeneration(baseGeneration)
            .addAllSources(Knowledge.ALL.sources());
    for (int gpu = 0; gpu < gpus; gpu++) {
      for (ServedMetric metric : CHANGING) {
        delta.addUpdated(
            Update.newBuilder()
                .setId(id(metric, gpu))
                .setSample(sample((double) value(metric, gpu))));
      }
    }
    return ExporterMessage.newBuilder().setDelta(delta).build();
  }

  ExporterMessage heartbeat(long generation, Knowledge knowledge) {
    return ExporterMessage.newBuilder()
        .setHeartbeat(
            Heartbeat.newBuilder().setGeneration(generation).addAllSources(knowledge.sources()))
        .build();
  }

  private static int id(ServedMetric metric, int gpu) {
    return 1 + gpu * ALL.size() + ALL.indexOf(metric);
  }

  private Series series(ServedMetric metric, int gpu) {
    boolean isOfTasks = isOfTasks(metric);
    var series =
        Series.newBuilder()
            .setId(id(metric, gpu))
            .setMetric(metric.metricName())
            .setSource(isOfTasks ? Sources.LEASE : Sources.DCGM)
            .setSample(sample((double) value(metric, gpu)));
    if (isOfTasks) {
      series.addLabels(label("namespace", IngestTarget.NAMESPACE));
      series.addLabels(label("pod", "worker-" + index + "-" + gpu));
    } else {
      series.addLabels(label("gpu", Integer.toString(gpu)));
      series.addLabels(label("model", "Simulated-80GB"));
      series.addLabels(label("uuid", "GPU-%05d-%02d".formatted(index, gpu)));
    }
    return series.build();
  }

  private static boolean isOfTasks(ServedMetric metric) {
    return metric == ServedMetric.GPU_TASKS_ACTIVE || metric == ServedMetric.GPU_WORKERS_BUSY;
  }

  private static Label label(String name, String value) {
    return Label.newBuilder().setName(name).setValue(value).build();
  }

  private static Sample sample(double value) {
    return Sample.newBuilder().setValue(value).setExactness(Exactness.EXACTNESS_EXACT).build();
  }

  private long value(ServedMetric metric, int gpu) {
    long noise = mix(((long) index << 40) ^ ((long) gpu << 32) ^ step);
    long usedBytes = noise % VRAM_BYTES;
    long tasks = noise % (MAX_TASKS + 1);
    return switch (metric) {
      case GPU_VRAM_USED_BYTES -> usedBytes;
      case GPU_VRAM_FREE_BYTES -> VRAM_BYTES - usedBytes;
      case GPU_VRAM_TOTAL_BYTES -> VRAM_BYTES;
      case GPU_POWER_WATTS -> MIN_WATTS + noise % WATTS_RANGE;
      case GPU_COUNT -> 1;
      case GPU_TASKS_ACTIVE -> tasks;
      case GPU_WORKERS_BUSY -> tasks > 0 ? 1 : 0;
      // The others, and those that come: a fleet plays only what it is there to measure.
      default -> throw new IllegalArgumentException("not simulated: " + metric);
    };
  }

  /** Spreads the bits (the last steps of SplitMix64); never negative. */
  private static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return (z ^ (z >>> 31)) >>> 1;
  }
}
