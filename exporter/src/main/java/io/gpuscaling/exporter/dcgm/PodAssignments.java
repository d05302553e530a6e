package io.gpuscaling.exporter.dcgm;

/** Tells which pods hold which devices. Safe for use by any thread. */
@FunctionalInterface
public interface PodAssignments {

  /** What is known now. Never blocks. */
  DeviceHolders now();
}
