package io.gpuscaling.exporter.nvml;

import io.gpuscaling.exporter.dcgm.DeviceProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A GPU or GPU instance as the library shows it.
 *
 * @param uuid of the GPU, of an instance its parent's
 * @param gpuInstanceId null for a whole GPU
 * @param instanceUuid {@code MIG-…}; null for a whole GPU
 * @param place where the instance lies on its GPU; null for a whole GPU, and where the driver does
 *     not tell without a privilege
 * @param index the driver's number of the GPU
 * @param deviceName {@code nvidia0}; null when not said
 * @param modelName null when not said
 * @param divided whether it is a GPU whose instances are used in its place
 * @param values what was read, possible values only
 * @param processes different processes with a compute context, MPS clients too; null when unknown
 */
public record NvmlDevice(
    String uuid,
    @Nullable Integer gpuInstanceId,
    @Nullable String instanceUuid,
    @Nullable Place place,
    int index,
    @Nullable String deviceName,
    @Nullable String modelName,
    boolean divided,
    Map<DeviceProperty, Double> values,
    @Nullable Integer processes) {

  /**
   * Where a GPU instance lies: no two that exist on a GPU have the same place.
   *
   * @param profileId as {@code nvidia-smi mig -lgip} shows it
   * @param start its first memory slice
   */
  public record Place(int profileId, int start) {}

  /** Copies the map. */
  public NvmlDevice {
    values = Map.copyOf(values);
  }

  /** The keys by which {@link io.gpuscaling.exporter.dcgm.DeviceHolders} may name it. */
  public List<String> keys() {
    String part = gpuInstanceId == null ? "" : "/" + gpuInstanceId;
    return deviceName == null ? List.of(key()) : List.of(key(), deviceName + part);
  }

  /** The key of {@link io.gpuscaling.exporter.dcgm.DeviceHolders}: {@code UUID/GI} or the UUID. */
  public String key() {
    return gpuInstanceId == null ? uuid : uuid + "/" + gpuInstanceId;
  }
}
