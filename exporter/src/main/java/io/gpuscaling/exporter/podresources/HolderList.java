package io.gpuscaling.exporter.podresources;

import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.PodRef;
import io.gpuscaling.proto.podresources.v1.ClaimResource;
import io.gpuscaling.proto.podresources.v1.ContainerDevices;
import io.gpuscaling.proto.podresources.v1.ContainerResources;
import io.gpuscaling.proto.podresources.v1.DynamicResource;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesResponse;
import io.gpuscaling.proto.podresources.v1.PodResources;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes of the kubelet's list who holds which GPU. Pure. */
final class HolderList {

  private static final String NVIDIA = "nvidia.com/";

  private final Map<String, String> devices;
  private final Map<String, List<PodRef>> pods = new LinkedHashMap<>();
  private final Map<String, Boolean> replicas = new LinkedHashMap<>();
  private final Map<UnmappedDevice, Integer> unmapped = new EnumMap<>(UnmappedDevice.class);

  private HolderList(Map<String, String> devices) {
    this.devices = devices;
  }

  /**
   * What a list says.
   *
   * @param unmapped how many devices cannot be told, by the reason
   */
  record Mapped(DeviceHolders holders, Map<UnmappedDevice, Integer> unmapped) {

    /** Copies the map. */
    Mapped {
      unmapped = Map.copyOf(unmapped);
    }
  }

  /**
   * Who holds what.
   *
   * @param devices what NVML shows: MIG UUID to {@code UUID/GI}, and {@code gpu-MINOR} to UUID
   */
  static Mapped of(ListPodResourcesResponse list, Map<String, String> devices) {
    var holders = new HolderList(devices);
    for (PodResources pod : list.getPodResourcesList()) {
      for (ContainerResources container : pod.getContainersList()) {
        holders.add(pod, container);
      }
    }
    var byDevice = new LinkedHashMap<String, DeviceHolders.Holders>();
    holders.pods.forEach((device, refs) ->
        byDevice.put(
            device, new DeviceHolders.Holders(refs, holders.replicas.getOrDefault(device, false))));
    return new Mapped(new DeviceHolders(byDevice, holders.unmapped.isEmpty()), holders.unmapped);
  }

  private void add(PodResources pod, ContainerResources container) {
    var ref = new PodRef(pod.getNamespace(), pod.getName(), container.getName());
    for (ContainerDevices plugged : container.getDevicesList()) {
      if (plugged.getResourceName().startsWith(NVIDIA)) {
        plugged.getDeviceIdsList().forEach(id -> add(ref, id));
      }
    }
    for (DynamicResource claim : container.getDynamicResourcesList()) {
      for (ClaimResource resource : claim.getClaimResourcesList()) {
        if (resource.getDriverName().equals(ClaimDevice.DRIVER)) {
          add(ref, resource);
        }
      }
    }
  }

  private void add(PodRef ref, String text) {
    DeviceId id = DeviceId.parse(text, devices);
    String device = id.device();
    if (device == null) {
      unmapped.merge(UnmappedDevice.of(text), 1, Integer::sum);
    } else {
      hold(ref, device, id.replica());
    }
  }

  /** A device of a claim; with a share of it others may have the rest. */
  private void add(PodRef ref, ClaimResource resource) {
    switch (ClaimDevice.of(resource, devices)) {
      case ClaimDevice.Known(String device) -> hold(ref, device, resource.hasShareId());
      case ClaimDevice.Unknown(UnmappedDevice reason) -> unmapped.merge(reason, 1, Integer::sum);
    }
  }

  private void hold(PodRef ref, String device, boolean replica) {
    pods.computeIfAbsent(device, _ -> new ArrayList<>()).add(ref);
    replicas.merge(device, replica, Boolean::logicalOr);
  }
}
