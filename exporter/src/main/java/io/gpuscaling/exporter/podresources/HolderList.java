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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes of the kubelet's list who holds which GPU. Pure. */
final class HolderList {

  private static final String NVIDIA = "nvidia.com/";
  private static final String NVIDIA_DRIVER = "gpu.nvidia.com";

  private final Map<String, String> instances;
  private final Map<String, List<PodRef>> pods = new LinkedHashMap<>();
  private final Map<String, Boolean> replicas = new LinkedHashMap<>();
  private int unresolved;

  private HolderList(Map<String, String> instances) {
    this.instances = instances;
  }

  /**
   * Who holds what.
   *
   * @param instances MIG UUID to {@code UUID/GI}, as far as known
   */
  static DeviceHolders of(ListPodResourcesResponse list, Map<String, String> instances) {
    var holders = new HolderList(instances);
    for (PodResources pod : list.getPodResourcesList()) {
      for (ContainerResources container : pod.getContainersList()) {
        holders.add(pod, container);
      }
    }
    var byDevice = new LinkedHashMap<String, DeviceHolders.Holders>();
    holders.pods.forEach((device, refs) ->
        byDevice.put(
            device, new DeviceHolders.Holders(refs, holders.replicas.getOrDefault(device, false))));
    return new DeviceHolders(byDevice, holders.unresolved == 0);
  }

  private void add(PodResources pod, ContainerResources container) {
    var ref = new PodRef(pod.getNamespace(), pod.getName(), container.getName());
    for (ContainerDevices devices : container.getDevicesList()) {
      if (devices.getResourceName().startsWith(NVIDIA)) {
        devices.getDeviceIdsList().forEach(id -> add(ref, DeviceId.parse(id, instances)));
      }
    }
    for (DynamicResource claim : container.getDynamicResourcesList()) {
      for (ClaimResource resource : claim.getClaimResourcesList()) {
        // Its name says nothing of the device; dcgm-exporter's labels do.
        unresolved += resource.getDriverName().equals(NVIDIA_DRIVER) ? 1 : 0;
      }
    }
  }

  private void add(PodRef ref, DeviceId id) {
    String device = id.device();
    if (device == null) {
      unresolved++;
      return;
    }
    pods.computeIfAbsent(device, _ -> new ArrayList<>()).add(ref);
    replicas.merge(device, id.replica(), Boolean::logicalOr);
  }
}
