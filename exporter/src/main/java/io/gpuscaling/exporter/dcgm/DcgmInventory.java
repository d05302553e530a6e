package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns pages into samples and remembers what was seen: a GPU, or one value of it, that a page does
 * not show any more is unknown, not one less. It is forgotten after {@link #FORGET_AFTER}; at once
 * when the page shows GPUs and none of those that were known (the node is another one), and for the
 * parts of a GPU that now shows a part which is new (it has been divided anew). Not for several
 * threads.
 */
final class DcgmInventory {

  /** A GPU that is not shown for so long is no longer called unknown. */
  static final Duration FORGET_AFTER = Duration.ofMinutes(10);

  /** Beyond this the parts that were not shown for longest are forgotten. */
  static final int MAX_REMEMBERED = 4 * DcgmPageReader.MAX_DEVICES;

  private final Map<Part, Memory> memories = new LinkedHashMap<>();

  /** What has series of its own: the board, a whole GPU's share of it, or an instance. */
  private record Part(String uuid, Kind kind, String instanceId) {}

  private enum Kind {
    BOARD,
    WHOLE,
    INSTANCE
  }

  /** The labels of a part's series; memory may name a pod. */
  private record PartLabels(Labels plain, Labels vram) {

    SeriesKey series(ServedMetric metric) {
      return switch (metric) {
        case GPU_VRAM_USED_BYTES, GPU_VRAM_FREE_BYTES, GPU_VRAM_TOTAL_BYTES ->
            new SeriesKey(metric.metricName(), vram);
        default -> new SeriesKey(metric.metricName(), plain);
      };
    }
  }

  private static final class Memory {
    private PartLabels labels;
    private final Map<ServedMetric, Long> seenAtNanos = new EnumMap<>(ServedMetric.class);

    Memory(PartLabels labels) {
      this.labels = labels;
    }
  }

  /** What a page says about a part. */
  private record Shown(PartLabels labels, Map<ServedMetric, SampleValue> values) {}

  /** The samples of a page: all that it shows, and unknown for what is remembered besides. */
  List<Sample> observe(DcgmPage page, long observedAtNanos) {
    Map<Part, Shown> shown = parts(page);
    forget(shown.keySet(), observedAtNanos);
    shown.forEach((part, now) -> {
      Memory memory = memories.remove(part);
      if (memory == null) {
        memory = new Memory(now.labels());
      }
      memory.labels = now.labels();
      for (ServedMetric metric : now.values().keySet()) {
        memory.seenAtNanos.put(metric, observedAtNanos);
      }
      memories.put(part, memory);
    });
    trim();
    var samples = new ArrayList<Sample>();
    memories.forEach((part, memory) -> {
      Shown now = shown.get(part);
      for (ServedMetric metric : memory.seenAtNanos.keySet()) {
        SampleValue value = now == null ? null : now.values().get(metric);
        samples.add(
            new Sample(
                memory.labels.series(metric),
                value == null ? SampleValue.unknown(UnknownReason.NOT_REPORTED) : value,
                observedAtNanos));
      }
    });
    return samples;
  }

  int remembered() {
    return memories.size();
  }

  private void forget(Set<Part> shown, long now) {
    Set<String> dividedAnew = new HashSet<>();
    boolean anyKnown = false;
    for (Part part : shown) {
      boolean known = memories.containsKey(part);
      anyKnown |= known;
      if (!known) {
        dividedAnew.add(part.uuid());
      }
    }
    if (!shown.isEmpty() && !anyKnown) {
      memories.clear();
      return;
    }
    Iterator<Map.Entry<Part, Memory>> each = memories.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Part, Memory> entry = each.next();
      Part part = entry.getKey();
      entry.getValue().seenAtNanos.values().removeIf(seen -> now - seen > FORGET_AFTER.toNanos());
      boolean gone = !shown.contains(part) && dividedAnew.contains(part.uuid());
      if (gone || entry.getValue().seenAtNanos.isEmpty()) {
        each.remove();
      }
    }
  }

  private void trim() {
    Iterator<Part> oldest = memories.keySet().iterator();
    while (memories.size() > MAX_REMEMBERED && oldest.hasNext()) {
      oldest.next();
      oldest.remove();
    }
  }

  private static Map<Part, Shown> parts(DcgmPage page) {
    var parts = new LinkedHashMap<Part, Shown>();
    Set<String> vramByInstance = new HashSet<>();
    for (DcgmDevice device : page.devices()) {
      if (device.isInstance()
          && (device.vramUsedBytes() != null || device.vramFreeBytes() != null)) {
        vramByInstance.add(device.uuid());
      }
    }
    for (DcgmDevice device : page.devices()) {
      addToBoard(parts, device);
      // The whole GPU's memory contains its instances': both would be counted twice.
      boolean vram = device.isInstance() || !vramByInstance.contains(device.uuid());
      String instanceId = device.gpuInstanceId();
      parts.put(
          instanceId == null
              ? new Part(device.uuid(), Kind.WHOLE, "")
              : new Part(device.uuid(), Kind.INSTANCE, instanceId),
          new Shown(labels(device), deviceValues(device, vram)));
    }
    return parts;
  }

  /** Instances repeat their GPU's power and temperature: the first row that has one counts. */
  private static void addToBoard(Map<Part, Shown> parts, DcgmDevice device) {
    Labels labels = gpuLabels(device);
    Shown board =
        parts.computeIfAbsent(
            new Part(device.uuid(), Kind.BOARD, ""),
            _ -> new Shown(new PartLabels(labels, labels), new EnumMap<>(ServedMetric.class)));
    Map<ServedMetric, SampleValue> values = board.values();
    values.put(ServedMetric.GPU_COUNT, SampleValue.exact(1));
    putIfAbsent(values, ServedMetric.GPU_TEMPERATURE_CELSIUS, device.temperatureCelsius());
    putIfAbsent(values, ServedMetric.GPU_POWER_WATTS, device.powerWatts());
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

  private static PartLabels labels(DcgmDevice device) {
    Labels plain = gpuLabels(device);
    plain = with(plain, "gpu_instance", device.gpuInstanceId());
    plain = with(plain, "mig_profile", device.gpuInstanceProfile());
    PodRef pod = device.exclusivePod();
    if (pod == null) {
      return new PartLabels(plain, plain);
    }
    return new PartLabels(plain, plain.with("pod", pod.pod()).with("namespace", pod.namespace()));
  }

  private static Labels with(Labels labels, String name, @Nullable String value) {
    return value == null ? labels : labels.with(name, value);
  }
}
