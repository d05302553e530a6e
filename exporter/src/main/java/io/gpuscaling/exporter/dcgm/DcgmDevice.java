package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Exactness;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole GPU or a GPU instance, by its own rows. Identity is the pair of UUID and instance id; an
 * instance carries the UUID of its GPU and repeats that one's power and temperature.
 *
 * @param uuid of the GPU
 * @param gpuInstanceId null for a whole GPU
 * @param gpuInstanceProfile {@code 1g.10gb}: a name, not a size; null when not said
 * @param index DCGM's number of the GPU; null when not said
 * @param deviceName {@code nvidia0}; null when not said
 * @param modelName null when not said
 * @param values what the rows say, possible values only
 * @param xidTotals how often each XID was seen since the exporter started, where it counts them
 * @param pods all that the rows name, in their order
 * @param timeSliced whether the rows are of replicas that several pods may share
 */
public record DcgmDevice(
    String uuid,
    @Nullable String gpuInstanceId,
    @Nullable String gpuInstanceProfile,
    @Nullable String index,
    @Nullable String deviceName,
    @Nullable String modelName,
    Map<DeviceProperty, Double> values,
    Map<Integer, Double> xidTotals,
    List<PodRef> pods,
    boolean timeSliced) {

  /** Copies the collections. */
  public DcgmDevice {
    values = Map.copyOf(values);
    xidTotals = Map.copyOf(xidTotals);
    pods = List.copyOf(pods);
  }

  /** Whether it is a part of a GPU. */
  public boolean isInstance() {
    return gpuInstanceId != null;
  }

  /** Used frame buffer in bytes; null when unknown. */
  public @Nullable Double vramUsedBytes() {
    return isVramReported() ? values.get(DeviceProperty.VRAM_USED_BYTES) : null;
  }

  /** Free frame buffer in bytes; null when unknown. */
  public @Nullable Double vramFreeBytes() {
    return isVramReported() ? values.get(DeviceProperty.VRAM_FREE_BYTES) : null;
  }

  /**
   * Whole frame buffer in bytes: as reported, or used + free + reserved; see {@link
   * #vramTotalExactness}. Null when unknown.
   */
  public @Nullable Double vramTotalBytes() {
    Double total = values.get(DeviceProperty.VRAM_TOTAL_BYTES);
    if (total != null && total > 0) {
      return total;
    }
    Double used = vramUsedBytes();
    Double free = vramFreeBytes();
    if (used == null || free == null) {
      return null;
    }
    Double reserved = values.get(DeviceProperty.VRAM_RESERVED_BYTES);
    return used + free + (reserved == null ? 0 : reserved);
  }

  /** A lower bound when the rows say neither the total nor what is reserved. */
  public Exactness vramTotalExactness() {
    Double total = values.get(DeviceProperty.VRAM_TOTAL_BYTES);
    boolean exact =
        (total != null && total > 0) || values.containsKey(DeviceProperty.VRAM_RESERVED_BYTES);
    return exact ? Exactness.EXACT : Exactness.LOWER_BOUND;
  }

  /**
   * Busy share of time, 0 to 1: GPU_UTIL of a whole GPU, GR_ENGINE_ACTIVE of an instance (relative
   * to the instance); null when unknown. One never stands in for the other.
   */
  public @Nullable Double utilizationRatio() {
    return values.get(
        isInstance() ? DeviceProperty.ENGINE_ACTIVE_RATIO : DeviceProperty.UTILIZATION_RATIO);
  }

  /** Temperature of the GPU; null when unknown. */
  public @Nullable Double temperatureCelsius() {
    return values.get(DeviceProperty.TEMPERATURE_CELSIUS);
  }

  /** Power of the GPU, of an instance its parent's; null when unknown. */
  public @Nullable Double powerWatts() {
    return values.get(DeviceProperty.POWER_WATTS);
  }

  /** Whether the rows name more than one pod. */
  boolean isSharedByPods() {
    return !pods.isEmpty() && !pods.stream().allMatch(pods.getFirst()::isSamePod);
  }

  /** The one pod that has the device for itself, or null: nobody, several, or a time slice. */
  public @Nullable PodRef exclusivePod() {
    if (timeSliced || pods.isEmpty()) {
      return null;
    }
    PodRef first = pods.getFirst();
    return pods.stream().allMatch(first::isSamePod) ? first : null;
  }

  /** Some boards report 0 for each part of a frame buffer that they do have. */
  private boolean isVramReported() {
    return isPositive(DeviceProperty.VRAM_USED_BYTES)
        || isPositive(DeviceProperty.VRAM_FREE_BYTES)
        || isPositive(DeviceProperty.VRAM_TOTAL_BYTES);
  }

  private boolean isPositive(DeviceProperty property) {
    Double value = values.get(property);
    return value != null && value > 0;
  }
}
