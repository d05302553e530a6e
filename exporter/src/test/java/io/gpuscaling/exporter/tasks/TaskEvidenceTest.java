package io.gpuscaling.exporter.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.PodRef;
import io.gpuscaling.exporter.nvml.NvmlDevice;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TaskEvidenceTest {

  private static final SourceState STATE = new SourceState.Ok(7);
  private static final SampleValue UNKNOWN = SampleValue.unknown(UnknownReason.NOT_REPORTED);

  private static Sample sample(String metric, SampleValue value, String... labels) {
    return new Sample(new SeriesKey(metric, Labels.of(labels)), value, 7);
  }

  private static SourceSnapshot snapshot(String source, Sample... samples) {
    return new SourceSnapshot(source, STATE, List.of(samples));
  }

  private static TaskPod pod(String name) {
    return new TaskPod("n", name);
  }

  private static SampleValue.Known estimate(double value) {
    return new SampleValue.Known(value, Exactness.ESTIMATE);
  }

  private static SampleValue.Known atLeast(double value) {
    return new SampleValue.Known(value, Exactness.LOWER_BOUND);
  }

  private static NvmlDevice device(
      String uuid, @Nullable Integer instance, boolean divided, @Nullable Integer processes) {
    return new NvmlDevice(
        uuid, instance, null, null, 0, "nvidia0", null, divided, Map.of(), processes);
  }

  private static DeviceHolders.Holders held(boolean replica, String... pods) {
    return new DeviceHolders.Holders(
        List.of(pods).stream().map(name -> new PodRef("n", name, null)).toList(), replica);
  }

  @Test
  void leases_areTheSumsOfPodsWithASession() {
    TaskReport report =
        TaskEvidence.leases(
            snapshot(
                "lease",
                sample("gpu_tasks_active", SampleValue.exact(2), "namespace", "n", "pod", "a"),
                sample(
                    "gpu_tasks_active",
                    SampleValue.exact(3),
                    "namespace",
                    "n",
                    "pod",
                    "a",
                    "queue",
                    "q"),
                sample("gpu_tasks_active", SampleValue.exact(0), "namespace", "n", "pod", "b"),
                sample("gpu_tasks_active", UNKNOWN, "namespace", "n", "pod", "c"),
                sample("gpu_workers_busy", SampleValue.exact(1), "namespace", "n", "pod", "a")));

    assertThat(report.state()).isEqualTo(STATE);
    assertThat(report.pods())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                pod("a"), new SampleValue.Known(5, Exactness.EXACT),
                pod("b"), new SampleValue.Known(0, Exactness.EXACT)));
  }

  @Test
  void processes_areOfThePodThatHasTheDeviceForItself() {
    var holders =
        new DeviceHolders(
            Map.of(
                "GPU-1", held(false, "a"),
                "GPU-2/3", held(false, "b"),
                "nvidia0/4", held(false, "a"),
                "GPU-4", held(false, "c", "d"),
                "GPU-5", held(true, "e"),
                "GPU-6", held(false, "f"),
                "GPU-7", held(false, "f")),
            true);

    TaskReport report =
        TaskEvidence.processes(
            STATE,
            List.of(
                device("GPU-1", null, false, 2),
                device("GPU-2", null, true, null),
                device("GPU-2", 3, false, 0),
                device("GPU-3", 4, false, 1),
                device("GPU-4", null, false, 9),
                device("GPU-5", null, false, 9),
                device("GPU-6", null, false, 1),
                device("GPU-7", null, false, null),
                device("GPU-8", null, false, 9)),
            holders);

    // Nobody knows of f's second GPU; c and d share one, and e may share.
    assertThat(report.pods())
        .containsExactlyInAnyOrderEntriesOf(Map.of(pod("a"), estimate(3), pod("b"), estimate(0)));
  }

  private static Sample vram(String uuid, String instance, String pod) {
    return sample(
        "gpu_vram_used_bytes",
        SampleValue.exact(1),
        "uuid",
        uuid,
        "gpu_instance",
        instance,
        "namespace",
        "n",
        "pod",
        pod);
  }

  private static Sample utilization(String uuid, String instance, SampleValue value) {
    return sample("gpu_utilization_ratio", value, "uuid", uuid, "gpu_instance", instance);
  }

  @Test
  void busyGpus_areAtLeastOneTaskOfTheirPod() {
    TaskReport report =
        TaskEvidence.busyGpus(
            snapshot(
                "dcgm",
                vram("GPU-1", "", "a"),
                utilization("GPU-1", "", SampleValue.exact(0.05)),
                vram("GPU-2", "3", "b"),
                utilization("GPU-2", "3", SampleValue.exact(0.049)),
                vram("GPU-3", "", "c"),
                utilization("GPU-3", "", UNKNOWN),
                vram("GPU-4", "", "d"),
                utilization("GPU-4", "", SampleValue.exact(0.9)),
                vram("GPU-5", "", "d"),
                utilization("GPU-5", "", SampleValue.exact(0.9)),
                vram("GPU-6", "", "e"),
                utilization("GPU-6", "", UNKNOWN),
                vram("GPU-7", "", "e"),
                utilization("GPU-7", "", SampleValue.exact(0)),
                vram("GPU-8", "", "f"),
                utilization("GPU-9", "", SampleValue.exact(1))),
            0.05);

    assertThat(report.pods())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(pod("a"), atLeast(1), pod("b"), atLeast(0), pod("d"), atLeast(1)));
  }
}
