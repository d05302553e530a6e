package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.exposition.ExpositionSample;
import io.gpuscaling.core.metric.Labels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The labels of a row in all spellings that exporters and Prometheus have given them. */
final class DcgmLabels {

  private static final List<String> UUID = List.of("UUID", "uuid", "gpu_uuid");
  private static final List<String> INDEX = List.of("gpu");
  private static final List<String> DEVICE = List.of("device");
  private static final List<String> MODEL = List.of("modelName", "model_name");
  private static final List<String> INSTANCE_ID = List.of("GPU_I_ID", "gpu_i_id");
  private static final List<String> INSTANCE_PROFILE = List.of("GPU_I_PROFILE", "gpu_i_profile");
  private static final List<String> HOSTNAME =
      List.of("exported_hostname", "exported_Hostname", "hostname", "Hostname", "HOSTNAME");
  // Prometheus renames the source's labels to exported_* where its own have the name.
  private static final List<String> POD = List.of("exported_pod", "pod", "pod_name");
  private static final List<String> NAMESPACE =
      List.of("exported_namespace", "namespace", "pod_namespace");
  private static final List<String> CONTAINER =
      List.of("exported_container", "container", "container_name");
  private static final String TIME_SLICE = "vgpu";
  private static final String DRIVER_VERSION_4_9 = "DCGM_FI_SYSTEM_DRIVER_VERSION";

  /** Rows of links, switches and processors, some of which name a GPU too. */
  private static final List<String> OTHER_ENTITIES = List.of("nvlink", "nvswitch", "cpu");

  private static final int MAX_XID_DIGITS = 4;

  private DcgmLabels() {}

  static boolean isOfAnotherEntity(ExpositionSample row) {
    return first(row, OTHER_ENTITIES) != null;
  }

  /** The number in the label {@code xid}; null when there is none. */
  static @Nullable Integer xid(ExpositionSample row) {
    String text = row.series().labels().get("xid");
    if (text == null || text.isEmpty() || text.length() > MAX_XID_DIGITS) {
      return null;
    }
    return text.chars().allMatch(c -> c >= '0' && c <= '9') ? Integer.valueOf(text) : null;
  }

  static @Nullable String uuid(ExpositionSample row) {
    return first(row, UUID);
  }

  static @Nullable String index(ExpositionSample row) {
    return first(row, INDEX);
  }

  static @Nullable String deviceName(ExpositionSample row) {
    return first(row, DEVICE);
  }

  static @Nullable String model(ExpositionSample row) {
    return first(row, MODEL);
  }

  static @Nullable String instanceId(ExpositionSample row) {
    return first(row, INSTANCE_ID);
  }

  static @Nullable String instanceProfile(ExpositionSample row) {
    return first(row, INSTANCE_PROFILE);
  }

  static @Nullable String hostname(ExpositionSample row) {
    return first(row, HOSTNAME);
  }

  static @Nullable PodRef pod(ExpositionSample row) {
    String pod = first(row, POD);
    if (pod == null) {
      return null;
    }
    String namespace = first(row, NAMESPACE);
    return new PodRef(namespace == null ? "" : namespace, pod, first(row, CONTAINER));
  }

  /** Whether the row is of one replica of a device that several pods may share. */
  static boolean isTimeSlice(ExpositionSample row) {
    return first(row, List.of(TIME_SLICE)) != null;
  }

  static boolean hasNewDriverLabel(ExpositionSample row) {
    return row.series().labels().get(DRIVER_VERSION_4_9) != null;
  }

  /** The first that is there and says something: not empty, not {@code <<<NULL>>>}. */
  private static @Nullable String first(ExpositionSample row, List<String> names) {
    Labels labels = row.series().labels();
    for (String name : names) {
      String value = labels.get(name);
      if (value != null && !value.isEmpty() && !value.startsWith("<<<")) {
        return value;
      }
    }
    return null;
  }
}
