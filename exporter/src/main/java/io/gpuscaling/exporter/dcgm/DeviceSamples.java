package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Sample;
import java.util.ArrayList;
import java.util.List;

/**
 * The samples of a node's GPUs, whichever source shows the devices: what {@link DcgmInventory}
 * remembers of them, and how many replicas fit. Not for several threads.
 */
public final class DeviceSamples {

  private final DcgmInventory inventory = new DcgmInventory();
  private final List<ReplicaSize> replicaSizes;

  /** Nothing seen yet. */
  public DeviceSamples(List<ReplicaSize> replicaSizes) {
    this.replicaSizes = List.copyOf(replicaSizes);
  }

  /**
   * The samples of one look at all devices.
   *
   * @param holders who holds what, where the devices do not say
   */
  public List<Sample> observe(
      List<DcgmDevice> devices, DeviceHolders holders, long observedAtNanos) {
    var samples = new ArrayList<>(inventory.observe(devices, holders, observedAtNanos));
    samples.addAll(VramFit.samples(devices, holders, replicaSizes, observedAtNanos));
    return samples;
  }

  /** Former samples, those of pods that hold nothing any more without their names. */
  public static List<Sample> withoutGonePods(List<Sample> samples, DeviceHolders holders) {
    return GonePods.forget(samples, holders);
  }
}
