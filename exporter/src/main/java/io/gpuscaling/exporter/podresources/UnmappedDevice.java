package io.gpuscaling.exporter.podresources;

import java.util.Locale;

/** Why a device that a pod holds cannot be told to be a certain GPU or GPU instance. */
enum UnmappedDevice {
  /** A text of no known form. */
  NOT_UNDERSTOOD,
  /** A MIG UUID, which says neither GPU nor instance, and NVML does not show it. */
  MIG_UUID,
  /** A GPU of a resource claim by its minor number, and NVML does not say whose that is. */
  CLAIM_GPU,
  /** A GPU instance of a resource claim by profile and place, and NVML does not say whose it is. */
  CLAIM_INSTANCE,
  /** A GPU that is passed through to a virtual machine: the node's driver does not see it. */
  CLAIM_PASSTHROUGH,
  /** The parts of a claim name different devices. */
  CONTRADICTORY;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Why an id of a device plug-in tells no device. */
  static UnmappedDevice of(String id) {
    return DeviceId.isMigUuid(id) ? MIG_UUID : NOT_UNDERSTOOD;
  }
}
