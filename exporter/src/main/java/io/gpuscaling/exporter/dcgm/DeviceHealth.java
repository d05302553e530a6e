package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Whether a GPU is fit for work, and why. Judged by what its rows say; DCGM's default list of
 * fields has no memory errors in it, so that "ok" means "nothing of what is collected speaks
 * against it".
 *
 * @param value 1 or 0; an upper bound when nothing that could speak against it is collected
 * @param reason a word for the label {@code reason}
 */
record DeviceHealth(SampleValue value, String reason) {

  /** It was seen before and several pages in a row do not show it. */
  static final DeviceHealth LOST = new DeviceHealth(SampleValue.exact(0), "lost");

  private static final double WARNING = 10;
  private static final double FAILURE = 20;

  /**
   * XIDs that an application causes and after which the GPU works on: what NVIDIA's Kubernetes
   * device plug-in does not take a GPU out of service for ({@code internal/rm/health.go}).
   */
  private static final Set<Integer> OF_APPLICATIONS = Set.of(13, 31, 43, 45, 68, 109);

  private static final List<DeviceProperty> EVIDENCE =
      List.of(
          DeviceProperty.HEALTH_STATUS,
          DeviceProperty.LAST_XID,
          DeviceProperty.DOUBLE_BIT_ERRORS,
          DeviceProperty.ROW_REMAP_FAILED);

  /**
   * The health of one GPU.
   *
   * @param rows of the whole GPU and of its instances, which repeat it; at least one
   */
  static DeviceHealth judge(List<DcgmDevice> rows) {
    if (worst(rows, DeviceProperty.HEALTH_STATUS) >= FAILURE) {
      return unfit("dcgm_health");
    }
    int xid = (int) worst(rows, DeviceProperty.LAST_XID);
    if (isOfGpu(xid)) {
      return unfit("xid_" + xid);
    }
    for (DcgmDevice row : rows) {
      for (var total : row.xidTotals().entrySet()) {
        if (total.getValue() > 0 && isOfGpu(total.getKey())) {
          return unfit("xid_" + total.getKey());
        }
      }
    }
    if (worst(rows, DeviceProperty.DOUBLE_BIT_ERRORS) > 0) {
      return unfit("double_bit_error");
    }
    if (worst(rows, DeviceProperty.ROW_REMAP_FAILED) > 0) {
      return unfit("row_remap_failed");
    }
    if (worst(rows, DeviceProperty.HEALTH_STATUS) >= WARNING) {
      return new DeviceHealth(SampleValue.exact(1), "warning");
    }
    return isCollected(rows)
        ? new DeviceHealth(SampleValue.exact(1), "ok")
        : new DeviceHealth(new SampleValue.Known(1, Exactness.UPPER_BOUND), "not_collected");
  }

  /** Whether anything is collected that could speak against a GPU. */
  static boolean isCollected(List<DcgmDevice> rows) {
    return rows.stream()
        .anyMatch(row ->
            !row.xidTotals().isEmpty() || EVIDENCE.stream().anyMatch(row.values()::containsKey));
  }

  /** Whether an XID means that the GPU itself is in trouble. 0 is none. */
  static boolean isOfGpu(int xid) {
    return xid > 0 && !OF_APPLICATIONS.contains(xid);
  }

  private static DeviceHealth unfit(String reason) {
    return new DeviceHealth(SampleValue.exact(0), reason);
  }

  private static double worst(List<DcgmDevice> rows, DeviceProperty property) {
    ToDoubleFunction<DcgmDevice> value = row -> row.values().getOrDefault(property, 0.0);
    return rows.stream().mapToDouble(value).max().orElse(0);
  }
}
