package io.gpuscaling.exporter.nvml;

import java.util.List;
import java.util.Map;

/**
 * What the last read showed, for those who compare or look up. Immutable.
 *
 * @param devices empty before the first read and while reads fail
 * @param instances MIG UUID to {@code UUID/GI}, {@code gpu-MINOR} to UUID; kept while reads fail
 * @param complete whether everything that is there was read
 */
public record NvmlView(List<NvmlDevice> devices, Map<String, String> instances, boolean complete) {

  /** Nothing has been read. */
  public static final NvmlView NONE = new NvmlView(List.of(), Map.of(), false);

  /** Copies the collections. */
  public NvmlView {
    devices = List.copyOf(devices);
    instances = Map.copyOf(instances);
  }

  NvmlView failed() {
    return new NvmlView(List.of(), instances, false);
  }
}
