package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.SourceFinding;
import java.util.ArrayList;
import java.util.List;

/**
 * Which fields dcgm-exporter would have to show that served metrics are made of. A field counts as
 * shown when one device has it: what a single GPU does not report, no list of fields brings. Pure.
 */
final class MissingFields {

  /** A field that no device shows; its name in dcgm-exporter's list is the subject. */
  static final String CODE = "field_missing";

  private MissingFields() {}

  /** By the names that belong to the page's dialect, in the order of the list of metrics. */
  static List<SourceFinding> of(DcgmPage page) {
    boolean inBaseUnits = page.dialect() == DcgmDialect.V4_9;
    List<DcgmDevice> devices = page.devices();
    List<SourceFinding> missing = new ArrayList<>();
    if (!shows(devices, DeviceProperty.VRAM_USED_BYTES)) {
      missing.add(missing(inBaseUnits ? "DCGM_FI_DEV_FB_USED_BYTES" : "DCGM_FI_DEV_FB_USED"));
    }
    if (!shows(devices, DeviceProperty.VRAM_FREE_BYTES)) {
      missing.add(missing(inBaseUnits ? "DCGM_FI_DEV_FB_FREE_BYTES" : "DCGM_FI_DEV_FB_FREE"));
    }
    if (!shows(devices, DeviceProperty.VRAM_RESERVED_BYTES)
        && !shows(devices, DeviceProperty.VRAM_TOTAL_BYTES)) {
      missing.add(
          missing(inBaseUnits ? "DCGM_FI_DEV_FB_RESERVED_BYTES" : "DCGM_FI_DEV_FB_RESERVED"));
    }
    // One never stands in for the other: see DcgmDevice.utilizationRatio.
    List<DcgmDevice> instances = devices.stream().filter(DcgmDevice::isInstance).toList();
    if (!instances.isEmpty() && !shows(instances, DeviceProperty.ENGINE_ACTIVE_RATIO)) {
      missing.add(
          missing(
              inBaseUnits ? "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO" : "DCGM_FI_PROF_GR_ENGINE_ACTIVE"));
    }
    List<DcgmDevice> undivided =
        devices.stream().filter(it -> !hasInstance(it, instances)).toList();
    if (!undivided.isEmpty() && !shows(undivided, DeviceProperty.UTILIZATION_RATIO)) {
      missing.add(missing(inBaseUnits ? "DCGM_FI_DEV_GPU_UTIL_RATIO" : "DCGM_FI_DEV_GPU_UTIL"));
    }
    if (!shows(devices, DeviceProperty.TEMPERATURE_CELSIUS)) {
      missing.add(missing(inBaseUnits ? "DCGM_FI_DEV_GPU_TEMP_CELSIUS" : "DCGM_FI_DEV_GPU_TEMP"));
    }
    if (!shows(devices, DeviceProperty.POWER_WATTS)) {
      missing.add(
          missing(inBaseUnits ? "DCGM_FI_DEV_BOARD_POWER_WATTS" : "DCGM_FI_DEV_POWER_USAGE"));
    }
    // Of the last XID there is no row before the first one: only what shows nothing at all of a
    // GPU's health is told.
    if (!DeviceHealth.isCollected(devices)) {
      missing.add(missing(inBaseUnits ? "DCGM_FI_DEV_XID_ERROR" : "DCGM_FI_DEV_XID_ERRORS"));
    }
    return missing;
  }

  private static boolean hasInstance(DcgmDevice device, List<DcgmDevice> instances) {
    return instances.stream().anyMatch(it -> it.uuid().equals(device.uuid()));
  }

  private static boolean shows(List<DcgmDevice> devices, DeviceProperty property) {
    return devices.stream().anyMatch(it -> it.values().containsKey(property));
  }

  private static SourceFinding missing(String field) {
    return new SourceFinding(CODE, field);
  }
}
