package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.exposition.ExpositionSample;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the rows of one device. A value that is copied for each pod, job or claim counts once:
 * the row without a pod where there is one, else any, if they agree.
 */
final class DeviceRows {

  /** Far more than a GPU shows. */
  private static final int MAX_XIDS = 64;

  private final String uuid;
  private final @Nullable String instanceId;
  private @Nullable String profile;
  private @Nullable String index;
  private @Nullable String deviceName;
  private @Nullable String model;
  private boolean timeSliced;
  private final Set<PodRef> pods = new LinkedHashSet<>();
  private final Map<DeviceProperty, Choice> choices = new EnumMap<>(DeviceProperty.class);

  private final Map<DeviceProperty, Double> worst = new EnumMap<>(DeviceProperty.class);
  private final Map<Integer, Double> xidTotals = new HashMap<>();

  /** The best row so far for a property. */
  private record Choice(int rank, boolean ofPod, double value, boolean contradicted) {

    Choice with(Choice other) {
      if (other.rank != rank) {
        return other.rank < rank ? other : this;
      }
      if (other.ofPod != ofPod) {
        return ofPod ? other : this;
      }
      return new Choice(rank, ofPod, value, contradicted || other.value != value);
    }
  }

  DeviceRows(String uuid, @Nullable String instanceId) {
    this.uuid = uuid;
    this.instanceId = instanceId;
  }

  /** Takes what a row's labels say about the device; the first row that says it counts. */
  void describe(ExpositionSample row) {
    profile = profile == null ? DcgmLabels.instanceProfile(row) : profile;
    deviceName = deviceName == null ? DcgmLabels.deviceName(row) : deviceName;
    index = index == null ? DcgmLabels.index(row) : index;
    model = model == null ? DcgmLabels.model(row) : model;
    timeSliced |= DcgmLabels.isTimeSlice(row);
    PodRef pod = DcgmLabels.pod(row);
    if (pod != null) {
      pods.add(pod);
    }
  }

  void add(
      DcgmField field, DeviceProperty property, double value, boolean ofPod, ExpositionSample row) {
    switch (property) {
      case XID_TOTAL -> addXid(value, row);
      // A row for each thing that DCGM watches.
      case HEALTH_STATUS -> worst.merge(property, value, Math::max);
      default ->
          choices.merge(property, new Choice(field.rank(), ofPod, value, false), Choice::with);
    }
  }

  private void addXid(double total, ExpositionSample row) {
    Integer xid = DcgmLabels.xid(row);
    if (xid != null && xidTotals.size() < MAX_XIDS) {
      xidTotals.merge(xid, total, Math::max);
    }
  }

  /** Values that several rows give differently: dropped, since nobody knows which is right. */
  int contradictions() {
    return (int) choices.values().stream().filter(Choice::contradicted).count();
  }

  DcgmDevice toDevice() {
    var values = new EnumMap<DeviceProperty, Double>(DeviceProperty.class);
    choices.forEach((property, choice) -> {
      if (!choice.contradicted()) {
        values.put(property, choice.value());
      }
    });
    values.putAll(worst);
    return new DcgmDevice(
        uuid,
        instanceId,
        profile,
        index,
        deviceName,
        model,
        values,
        xidTotals,
        List.copyOf(pods),
        timeSliced);
  }
}
