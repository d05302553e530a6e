package io.gpuscaling.exporter.nvml;

import io.gpuscaling.exporter.dcgm.DeviceProperty;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;

/** What is read of the library beside the served metrics. */
final class NvmlMetrics {

  private final Counter reads;
  private final Gauge processes;
  private final Gauge memoryUsed;
  private final Gauge unreadable;

  NvmlMetrics(CollectorRegistry registry) {
    reads =
        Counter.build("gpuscaling_nvml_reads_total", "Reads of NVIDIA's management library.")
            .labelNames("outcome")
            .register(registry);
    processes =
        Gauge.build(
                "gpuscaling_nvml_compute_processes",
                "Processes with a compute context on the GPU or GPU instance, by NVML; absent when unknown.")
            .labelNames("uuid", "gpu_instance")
            .register(registry);
    memoryUsed =
        Gauge.build(
                "gpuscaling_nvml_memory_used_bytes",
                "Used memory of the GPU or GPU instance by NVML, beside what dcgm-exporter says.")
            .labelNames("uuid", "gpu_instance")
            .register(registry);
    unreadable =
        Gauge.build(
                "gpuscaling_nvml_unreadable_devices",
                "GPUs and GPU instances that NVML shows and could not read, lost ones too.")
            .register(registry);
  }

  void read(NvmlReading.Read read) {
    reads.labels(read.unreadable() == 0 ? "ok" : "partial").inc();
    clear();
    unreadable.set(read.unreadable());
    for (NvmlDevice device : read.devices()) {
      Integer id = device.gpuInstanceId();
      String instance = id == null ? "" : Integer.toString(id);
      Integer count = device.processes();
      if (count != null) {
        processes.labels(device.uuid(), instance).set(count);
      }
      Double used = device.values().get(DeviceProperty.VRAM_USED_BYTES);
      if (used != null) {
        memoryUsed.labels(device.uuid(), instance).set(used);
      }
    }
  }

  void failed(NvmlFailure failure) {
    reads.labels(failure.label()).inc();
    clear();
  }

  private void clear() {
    processes.clear();
    memoryUsed.clear();
    unreadable.clear();
  }
}
