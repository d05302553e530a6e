package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Divides what is said of devices among the things that have series of their own. Pure. */
final class PageParts {

  private static final String SOURCE = "source";

  private PageParts() {}

  /** What has series of its own: the board, a whole GPU's share of it, or an instance. */
  record Part(String uuid, Kind kind, String instanceId) {}

  enum Kind {
    BOARD,
    WHOLE,
    INSTANCE
  }

  /**
   * The labels of a part's series.
   *
   * @param gpu of the board alone
   * @param device with the instance and how it can be attributed
   * @param vram with the pod that has the device for itself, if one has
   */
  record PartLabels(Labels gpu, Labels device, Labels vram) {

    SeriesKey series(ServedMetric metric) {
      return switch (metric) {
        case GPU_VRAM_USED_BYTES, GPU_VRAM_FREE_BYTES, GPU_VRAM_TOTAL_BYTES ->
            new SeriesKey(metric.metricName(), vram);
        case GPU_UTILIZATION_RATIO ->
            new SeriesKey(metric.metricName(), device.with(SOURCE, utilizationSource()));
        case GPU_VRAM_USED_RATIO -> new SeriesKey(metric.metricName(), device);
        default -> new SeriesKey(metric.metricName(), gpu);
      };
    }

    SeriesKey health(String reason) {
      return new SeriesKey(ServedMetric.GPU_HEALTHY.metricName(), gpu.with("reason", reason));
    }

    private String utilizationSource() {
      return device.get("gpu_instance") == null ? "gpu_util" : "gr_engine_active";
    }
  }

  /**
   * What a page says about a part.
   *
   * @param health of a board; null of others
   */
  record Shown(
      PartLabels labels, Map<ServedMetric, SampleValue> values, @Nullable DeviceHealth health) {}

  static Map<Part, Shown> of(List<DcgmDevice> devices, DeviceHolders holders) {
    var rowsByBoard = new LinkedHashMap<String, List<DcgmDevice>>();
    Set<String> vramByInstance = new HashSet<>();
    for (DcgmDevice device : devices) {
      rowsByBoard.merge(device.uuid(), List.of(device), PageParts::joined);
      if (device.isInstance()
          && (device.vramUsedBytes() != null || device.vramFreeBytes() != null)) {
        vramByInstance.add(device.uuid());
      }
    }
    var parts = new LinkedHashMap<Part, Shown>();
    rowsByBoard.forEach((uuid, rows) -> parts.put(new Part(uuid, Kind.BOARD, ""), board(rows)));
    for (DcgmDevice device : devices) {
      // The whole GPU's memory contains its instances': both would be counted twice.
      boolean vram = device.isInstance() || !vramByInstance.contains(device.uuid());
      String instanceId = device.gpuInstanceId();
      parts.put(
          instanceId == null
              ? new Part(device.uuid(), Kind.WHOLE, "")
              : new Part(device.uuid(), Kind.INSTANCE, instanceId),
          new Shown(labels(device, holders), deviceValues(device, vram), null));
    }
    return parts;
  }

  private static List<DcgmDevice> joined(List<DcgmDevice> one, List<DcgmDevice> other) {
    var all = new ArrayList<>(one);
    all.addAll(other);
    return all;
  }

  /** Instances repeat their GPU's power and temperature: the first row that has one counts. */
  private static Shown board(List<DcgmDevice> rows) {
    Map<ServedMetric, SampleValue> values = new EnumMap<>(ServedMetric.class);
    values.put(ServedMetric.GPU_COUNT, SampleValue.exact(1));
    for (DcgmDevice row : rows) {
      putIfAbsent(values, ServedMetric.GPU_TEMPERATURE_CELSIUS, row.temperatureCelsius());
      putIfAbsent(values, ServedMetric.GPU_POWER_WATTS, row.powerWatts());
    }
    Labels labels = gpuLabels(rows.getFirst());
    return new Shown(new PartLabels(labels, labels, labels), values, DeviceHealth.judge(rows));
  }

  private static void putIfAbsent(
      Map<ServedMetric, SampleValue> values, ServedMetric metric, @Nullable Double value) {
    if (value != null) {
      values.putIfAbsent(metric, SampleValue.exact(value));
    }
  }

  private static Map<ServedMetric, SampleValue> deviceValues(DcgmDevice device, boolean vram) {
    var values = new EnumMap<ServedMetric, SampleValue>(ServedMetric.class);
    putIfAbsent(values, ServedMetric.GPU_UTILIZATION_RATIO, device.utilizationRatio());
    Double used = device.vramUsedBytes();
    Double total = device.vramTotalBytes();
    Exactness totalExactness = device.vramTotalExactness();
    if (vram) {
      putIfAbsent(values, ServedMetric.GPU_VRAM_USED_BYTES, used);
      putIfAbsent(values, ServedMetric.GPU_VRAM_FREE_BYTES, device.vramFreeBytes());
      if (total != null) {
        values.put(ServedMetric.GPU_VRAM_TOTAL_BYTES, new SampleValue.Known(total, totalExactness));
      }
    }
    if (used != null && total != null && used <= total) {
      Exactness exactness =
          totalExactness == Exactness.LOWER_BOUND ? Exactness.UPPER_BOUND : Exactness.EXACT;
      values.put(ServedMetric.GPU_VRAM_USED_RATIO, new SampleValue.Known(used / total, exactness));
    }
    return values;
  }

  private static Labels gpuLabels(DcgmDevice device) {
    Labels labels = Labels.of("uuid", device.uuid());
    labels = with(labels, "gpu", device.index());
    return with(labels, "model", device.modelName());
  }

  private static PartLabels labels(DcgmDevice device, DeviceHolders holders) {
    Labels gpu = gpuLabels(device);
    Attribution attribution = Attribution.of(device, holders);
    Labels plain = with(gpu, "gpu_instance", device.gpuInstanceId());
    plain = with(plain, "mig_profile", device.gpuInstanceProfile());
    plain = plain.with("attribution", attribution.label());
    PodRef pod = attribution == Attribution.TIME_SLICED ? null : holder(device, holders);
    return new PartLabels(
        gpu,
        plain,
        pod == null ? plain : plain.with("pod", pod.pod()).with("namespace", pod.namespace()));
  }

  /** The page's word counts before the kubelet's. */
  private static @Nullable PodRef holder(DcgmDevice device, DeviceHolders holders) {
    if (!device.pods().isEmpty()) {
      return device.exclusivePod();
    }
    DeviceHolders.Holders held = holders.of(device);
    return held == null ? null : held.pods().getFirst();
  }

  private static Labels with(Labels labels, String name, @Nullable String value) {
    return value == null ? labels : labels.with(name, value);
  }
}
