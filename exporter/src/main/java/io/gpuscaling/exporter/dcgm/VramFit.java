package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How many more replicas of a size the node's GPUs can take. A GPU or GPU instance that no pod
 * holds takes one if its free memory is enough, since Kubernetes gives it away whole; one that pods
 * share takes as many as its free memory holds; one that a pod has for itself takes none, and
 * neither does one that is not fit for work. Where it is not known who holds a device, or how much
 * of it is free, the number is unknown. Pure.
 */
final class VramFit {

  private VramFit() {}

  /** One sample for each size. */
  static List<Sample> samples(
      List<DcgmDevice> devices,
      DeviceHolders holders,
      List<ReplicaSize> sizes,
      long observedAtNanos) {
    if (sizes.isEmpty()) {
      return List.of();
    }
    Map<String, List<DcgmDevice>> boards =
        devices.stream().collect(Collectors.groupingBy(DcgmDevice::uuid));
    var samples = new ArrayList<Sample>(sizes.size());
    for (ReplicaSize size : sizes) {
      SampleValue value = SampleValue.exact(0);
      for (List<DcgmDevice> rows : boards.values()) {
        value = plus(value, fit(rows, holders, size.bytes()));
      }
      samples.add(
          new Sample(
              new SeriesKey(
                  ServedMetric.GPU_VRAM_FIT_REPLICAS.metricName(), Labels.of("size", size.name())),
              value,
              observedAtNanos));
    }
    return samples;
  }

  private static SampleValue fit(List<DcgmDevice> rows, DeviceHolders holders, long bytes) {
    if (DeviceHealth.judge(rows).value().equals(SampleValue.exact(0))) {
      return SampleValue.exact(0);
    }
    boolean divided = rows.stream().anyMatch(DcgmDevice::isInstance);
    SampleValue sum = SampleValue.exact(0);
    for (DcgmDevice device : rows) {
      // What is left of a divided GPU is given to nobody.
      if (!divided || device.isInstance()) {
        sum = plus(sum, fit(device, holders, bytes));
      }
    }
    return sum;
  }

  private static SampleValue fit(DcgmDevice device, DeviceHolders holders, long bytes) {
    boolean held = !device.pods().isEmpty() || holders.of(device) != null;
    boolean shared = Attribution.of(device, holders) == Attribution.TIME_SLICED;
    if (held && !shared) {
      return SampleValue.exact(0);
    }
    Double free = device.vramFreeBytes();
    if (free == null || (!held && !holders.complete())) {
      return SampleValue.unknown(UnknownReason.NOT_REPORTED);
    }
    double room = Math.floor(free / bytes);
    return SampleValue.exact(shared ? room : Math.min(room, 1));
  }

  private static SampleValue plus(SampleValue one, SampleValue other) {
    return one instanceof SampleValue.Known(double a, _)
            && other instanceof SampleValue.Known(double b, _)
        ? SampleValue.exact(a + b)
        : SampleValue.unknown(UnknownReason.NOT_REPORTED);
  }
}
