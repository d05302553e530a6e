package io.gpuscaling.exporter.podresources;

import io.gpuscaling.proto.podresources.v1.CDIDevice;
import io.gpuscaling.proto.podresources.v1.ClaimResource;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What NVIDIA's driver for dynamic resource allocation calls a device of a claim: {@code gpu-0} by
 * the minor number, {@code gpu-0-mig-1g10gb-19-0} or {@code gpu-0-mig-19-0-1} for a GPU instance,
 * {@code gpu-vfio-0} for one that is passed through; and the same in its CDI names {@code
 * k8s.gpu.nvidia.com/device=NAME} and {@code k8s.gpu.nvidia.com/claim=UID-NAME}. Minor numbers are
 * not the indices by which DCGM counts.
 */
sealed interface ClaimDevice {

  /** The driver whose names these are. */
  String DRIVER = "gpu.nvidia.com";

  /** CDI names of one device that are looked at. */
  int MAX_CDI_NAMES = 16;

  /**
   * A device that is known.
   *
   * @param device the key of {@link io.gpuscaling.exporter.dcgm.DeviceHolders}
   */
  record Known(String device) implements ClaimDevice {}

  /** One that is not. */
  record Unknown(UnmappedDevice reason) implements ClaimDevice {}

  /** Names of GPUs, instances and passed-through GPUs. */
  Pattern NAME = Pattern.compile("gpu-(?:(vfio-)?[0-9]{1,4}|[0-9]{1,4}(-mig-[0-9a-z-]{1,100}))");

  /** An instance in older names: GPU, then profile, first slice and number of slices. */
  Pattern PLACE_AND_SIZE = Pattern.compile("(gpu-[0-9]+-mig-[0-9]{1,4}-[0-9]{1,4})-[0-9]{1,4}");

  /** An instance in newer names: GPU, a word for the profile, then profile and first slice. */
  Pattern WORD_AND_PLACE =
      Pattern.compile("(gpu-[0-9]+-mig-)[0-9a-z-]*[a-z][0-9a-z-]*-([0-9]{1,4}-[0-9]{1,4})");

  /** A CDI name of the driver: of a device, or of a device in a claim. */
  Pattern CDI =
      Pattern.compile("k8s\\.gpu\\.nvidia\\.com/(?:device=|claim=[0-9a-fA-F-]{36}-)(gpu-.+)");

  /**
   * Reads a device of a claim.
   *
   * @param gpus what NVML shows: {@code gpu-MINOR} to UUID, and {@code gpu-MINOR-mig-PROFILE-START}
   *     to {@code UUID/GI}
   */
  static ClaimDevice of(ClaimResource resource, Map<String, String> gpus) {
    Set<String> names = new LinkedHashSet<>();
    if (!resource.getDeviceName().isEmpty()) {
      names.add(resource.getDeviceName());
    }
    resource.getCdiDevicesList().stream()
        .limit(MAX_CDI_NAMES)
        .map(CDIDevice::getName)
        .filter(name -> name.length() <= DeviceId.MAX_CHARS)
        .map(CDI::matcher)
        .filter(Matcher::matches)
        .forEach(name -> names.add(name.group(1)));
    return switch (names.size()) {
      case 0 -> new Unknown(UnmappedDevice.NOT_UNDERSTOOD);
      case 1 -> named(names.iterator().next(), gpus);
      default -> new Unknown(UnmappedDevice.CONTRADICTORY);
    };
  }

  private static ClaimDevice named(String name, Map<String, String> gpus) {
    Matcher matcher = NAME.matcher(name);
    if (name.length() > DeviceId.MAX_CHARS || !matcher.matches()) {
      return new Unknown(UnmappedDevice.NOT_UNDERSTOOD);
    }
    if (matcher.group(1) != null) {
      return new Unknown(UnmappedDevice.CLAIM_PASSTHROUGH);
    }
    boolean isInstance = matcher.group(2) != null;
    String device = gpus.get(isInstance ? place(name) : name);
    if (device != null) {
      return new Known(device);
    }
    return new Unknown(isInstance ? UnmappedDevice.CLAIM_INSTANCE : UnmappedDevice.CLAIM_GPU);
  }

  /** What both spellings of an instance's name have in common; empty when it is neither. */
  private static String place(String name) {
    Matcher older = PLACE_AND_SIZE.matcher(name);
    if (older.matches()) {
      return older.group(1);
    }
    Matcher newer = WORD_AND_PLACE.matcher(name);
    return newer.matches() ? newer.group(1) + newer.group(2) : "";
  }
}
