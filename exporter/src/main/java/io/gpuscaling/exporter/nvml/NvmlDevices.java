package io.gpuscaling.exporter.nvml;

import io.gpuscaling.exporter.dcgm.DcgmDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Says of devices what the rows of a page of dcgm-exporter would. Pure. */
final class NvmlDevices {

  private NvmlDevices() {}

  /** Devices with the identity that dcgm-exporter's have: UUID of the GPU and instance. */
  static List<DcgmDevice> of(List<NvmlDevice> devices) {
    var all = new ArrayList<DcgmDevice>(devices.size());
    for (NvmlDevice device : devices) {
      Integer instance = device.gpuInstanceId();
      all.add(
          new DcgmDevice(
              device.uuid(),
              instance == null ? null : Integer.toString(instance),
              null,
              Integer.toString(device.index()),
              device.deviceName(),
              device.modelName(),
              device.values(),
              Map.of(),
              List.of(),
              false));
    }
    return all;
  }

  /** MIG UUIDs, which a device plug-in hands out, to {@code UUID/GI}. */
  static Map<String, String> instances(List<NvmlDevice> devices) {
    var instances = new HashMap<String, String>();
    for (NvmlDevice device : devices) {
      String uuid = device.instanceUuid();
      if (uuid != null) {
        instances.put(uuid, device.key());
      }
    }
    return instances;
  }
}
