package io.gpuscaling.exporter.dcgm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pods hold which devices, by another source than the page: the kubelet. Immutable.
 *
 * @param byDevice by a GPU's UUID, {@code UUID/GI} for a GPU instance, or the device's name and the
 *     same ({@code nvidia0}, {@code nvidia0/3})
 * @param complete whether it names all devices that pods hold: only then is one that it does not
 *     name free
 */
public record DeviceHolders(Map<String, Holders> byDevice, boolean complete) {

  /** Nothing is known. */
  public static final DeviceHolders UNKNOWN = new DeviceHolders(Map.of(), false);

  /** Copies the map. */
  public DeviceHolders {
    byDevice = Map.copyOf(byDevice);
  }

  /**
   * Who holds one device.
   *
   * @param pods at least one
   * @param replica whether they hold replicas of it (time slices, MPS), of which there may be more
   */
  public record Holders(List<PodRef> pods, boolean replica) {

    /** Copies the list. */
    public Holders {
      pods = List.copyOf(pods);
    }

    private Holders and(Holders other) {
      List<PodRef> both = new ArrayList<>(pods);
      both.addAll(other.pods);
      return new Holders(both, replica || other.replica);
    }

    boolean isShared() {
      return replica || !pods.stream().allMatch(pods.getFirst()::isSamePod);
    }
  }

  /**
   * The one pod that has a device for itself; null when nobody is known to, or it is shared.
   *
   * @param keys by which the device may be named here
   */
  public @Nullable PodRef exclusiveHolder(List<String> keys) {
    Holders held = of(keys);
    return held == null || held.isShared() ? null : held.pods().getFirst();
  }

  boolean isHolder(String namespace, String pod) {
    var sought = new PodRef(namespace, pod, null);
    return byDevice.values().stream()
        .anyMatch(held -> held.pods().stream().anyMatch(sought::isSamePod));
  }

  /** Who holds a device; null when nobody is known to. */
  @Nullable Holders of(DcgmDevice device) {
    String part = device.gpuInstanceId() == null ? "" : "/" + device.gpuInstanceId();
    return of(
        device.deviceName() == null
            ? List.of(device.uuid() + part)
            : List.of(device.uuid() + part, device.deviceName() + part));
  }

  /** All that hold it under any of its names: some of them may come from another plug-in. */
  private @Nullable Holders of(List<String> keys) {
    Holders all = null;
    for (String key : keys) {
      Holders held = byDevice.get(key);
      if (held != null) {
        all = all == null ? held : all.and(held);
      }
    }
    return all;
  }
}
