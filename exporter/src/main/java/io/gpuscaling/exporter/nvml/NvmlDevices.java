package io.gpuscaling.exporter.nvml;

import io.gpuscaling.exporter.dcgm.DcgmDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Says of devices what the rows of a page of dcgm-exporter would. Pure. */
final class NvmlDevices {

  /** A GPU's file is this and its minor number. */
  static final String DEVICE_FILE = "nvidia";

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

  /**
   * What pods may hold devices by, besides a UUID: MIG UUIDs, which a device plug-in hands out, to
   * {@code UUID/GI}; and {@code gpu-MINOR}, as NVIDIA's driver for resource claims calls a GPU, to
   * its UUID; and {@code gpu-MINOR-mig-PROFILE-START}, the parts of its names of an instance that
   * tell it from others, to {@code UUID/GI}.
   */
  static Map<String, String> instances(List<NvmlDevice> devices) {
    var instances = new HashMap<String, String>();
    for (NvmlDevice device : devices) {
      String uuid = device.instanceUuid();
      String file = device.deviceName();
      String claimed = file == null ? null : "gpu-" + file.substring(DEVICE_FILE.length());
      if (uuid != null) {
        instances.put(uuid, device.key());
      } else if (claimed != null && !device.divided()) {
        instances.put(claimed, device.uuid());
      }
      NvmlDevice.Place place = device.place();
      if (claimed != null && place != null) {
        instances.put(claimed + "-mig-" + place.profileId() + "-" + place.start(), device.key());
      }
    }
    return instances;
  }
}
