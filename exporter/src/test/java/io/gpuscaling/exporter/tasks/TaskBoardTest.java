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
import io.gpuscaling.exporter.apps.AppTasks;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TaskBoardTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private long now = Duration.ofHours(1).toNanos();
  private final List<SourceSnapshot> published = new ArrayList<>();
  private final CollectorRegistry registry = new CollectorRegistry();

  private TaskBoard board(TaskSource source, TaskFallback fallback) {
    var board = new TaskBoard(new TaskSettings(source, fallback, 0.05), published::add, () -> now);
    new TaskCollector(board).register(registry);
    return board;
  }

  private static Sample sample(String metric, SampleValue value, String pod, String... more) {
    Labels labels = Labels.of("namespace", "n", "pod", pod);
    for (int i = 0; i < more.length; i += 2) {
      labels = labels.with(more[i], more[i + 1]);
    }
    return new Sample(new SeriesKey(metric, labels), value, 5);
  }

  private SourceSnapshot leases(Sample... samples) {
    return new SourceSnapshot("lease", new SourceState.Ok(now), List.of(samples));
  }

  private SourceSnapshot gpu(String pod, double utilization) {
    return new SourceSnapshot(
        "dcgm",
        new SourceState.Ok(now),
        List.of(
            sample("gpu_vram_used_bytes", SampleValue.exact(1), pod, "uuid", "GPU-1"),
            new Sample(
                new SeriesKey("gpu_utilization_ratio", Labels.of("uuid", "GPU-1")),
                SampleValue.exact(utilization),
                5)));
  }

  private TaskReport processes(String pod, int count) {
    var pods = new TreeMap<TaskPod, SampleValue.Known>();
    pods.put(new TaskPod("n", pod), new SampleValue.Known(count, Exactness.ESTIMATE));
    return new TaskReport(new SourceState.Ok(now), pods);
  }

  private static Sample tasks(double value, String pod) {
    return sample("gpu_tasks_active", SampleValue.exact(value), pod);
  }

  private @Nullable SampleValue last(String metric, String pod) {
    return published.getLast().samples().stream()
        .filter(it ->
            it.series().metric().equals(metric) && pod.equals(it.series().labels().get("pod")))
        .map(Sample::value)
        .findFirst()
        .orElse(null);
  }

  private double metric(String name, String[] names, String... values) {
    Double value = registry.getSampleValue(name, names, values);
    return value == null ? Double.NaN : value;
  }

  private double observed(String source, String exactness, String pod) {
    return metric(
        "gpuscaling_tasks_observed",
        new String[] {"source", "exactness", "namespace", "pod"},
        source,
        exactness,
        "n",
        pod);
  }

  private double contradictions(String kind) {
    return metric("gpuscaling_task_contradictions", new String[] {"kind"}, kind);
  }

  @Test
  void byDefault_leasesPassUnchangedAndOthersStandBeside() {
    TaskBoard board = board(TaskSource.LEASE, TaskFallback.NONE);
    board.publish(gpu("b", 0.5));
    board.processes(processes("b", 2));
    SourceSnapshot leases = leases(tasks(3, "a"));
    board.publish(leases);
    SourceSnapshot queues =
        new SourceSnapshot("rabbitmq/default", new SourceState.Starting(), List.of());
    board.publish(queues);

    assertThat(published).containsExactly(gpu("b", 0.5), leases, queues);
    assertThat(observed("lease", "exact", "a")).isEqualTo(3);
    assertThat(observed("nvml", "estimate", "b")).isEqualTo(2);
    assertThat(observed("inferred", "lower_bound", "b")).isEqualTo(1);
  }

  @Test
  void fallback_isForPodsThatTheLeasesSayNothingOf() {
    TaskBoard board = board(TaskSource.LEASE, TaskFallback.NVML);
    board.processes(processes("b", 2));
    board.publish(leases(tasks(3, "a")));
    assertThat(last("gpu_tasks_active", "a")).isEqualTo(SampleValue.exact(3));
    assertThat(last("gpu_tasks_active", "b"))
        .isEqualTo(new SampleValue.Known(2, Exactness.ESTIMATE));
    assertThat(last("gpu_workers_busy", "b"))
        .isEqualTo(new SampleValue.Known(1, Exactness.ESTIMATE));

    // From its first session on the pod's own word counts.
    board.publish(leases(tasks(3, "a"), tasks(0, "b")));
    assertThat(last("gpu_tasks_active", "b")).isEqualTo(SampleValue.exact(0));
    assertThat(published.getLast().samples()).hasSize(2);
  }

  @Test
  void applications_countWhereTheyAreToldTo_andContradictALeaseThatSaysOtherwise() {
    TaskBoard board = board(TaskSource.APP, TaskFallback.NONE);
    board.publish(leases(tasks(2, "a")));
    board.applications(applications("a", 3));

    assertThat(last("gpu_tasks_active", "a")).isEqualTo(new SampleValue.Known(3, Exactness.EXACT));
    assertThat(observed("app", "exact", "a")).isEqualTo(3);
    assertThat(observed("lease", "exact", "a")).isEqualTo(2);

    for (int i = 0; i < 3; i++) {
      board.publish(leases(tasks(2, "a")));
      board.applications(applications("a", 0));
      now += 30 * SECOND;
    }
    board.applications(applications("a", 0));
    assertThat(contradictions("task_without_request")).isEqualTo(1);
    assertThat(last("gpu_tasks_active", "a")).isEqualTo(new SampleValue.Known(0, Exactness.EXACT));
  }

  private TaskReport applications(String pod, int count) {
    return TaskEvidence.applications(
        new SourceState.Ok(now), List.of(new AppTasks("n", pod, count, Exactness.EXACT)));
  }

  @Test
  void fallbackThatIsOld_countsNoMore() {
    TaskBoard board = board(TaskSource.LEASE, TaskFallback.NVML);
    board.processes(processes("b", 2));
    now += TaskSettings.FRESH_FOR.toNanos();
    board.publish(leases());
    assertThat(last("gpu_tasks_active", "b")).isNotNull();

    now += 1;
    board.publish(leases());
    assertThat(last("gpu_tasks_active", "b")).isNull();
    assertThat(observed("nvml", "estimate", "b")).isNaN();
  }

  @Test
  void otherSource_hasTheIdentityOfTheLeasesAndItsOwnState() {
    TaskBoard board = board(TaskSource.INFERRED, TaskFallback.NONE);
    Sample times = sample("gpu_task_duration_seconds_recent", SampleValue.exact(1), "a");
    board.publish(leases(tasks(3, "a"), times));
    assertThat(published).isEmpty();
    board.publish(gpu("b", 0.5));

    SourceSnapshot told = published.getLast();
    // What workers say of how long tasks took is nobody else's.
    assertThat(told.samples()).contains(times).hasSize(3);
    assertThat(told.source()).isEqualTo("lease");
    assertThat(told.state()).isEqualTo(new SourceState.Ok(now));
    assertThat(last("gpu_tasks_active", "a")).isNull();
    assertThat(last("gpu_tasks_active", "b"))
        .isEqualTo(new SampleValue.Known(1, Exactness.LOWER_BOUND));
    assertThat(told.samples())
        .extracting(Sample::series)
        .contains(new SeriesKey("gpu_tasks_active", Labels.of("namespace", "n", "pod", "b")));
  }

  @Test
  void sourceThatFails_isToldAsFailing() {
    TaskBoard board = board(TaskSource.NVML, TaskFallback.NONE);
    var failing = new SourceState.NeverObserved(UnknownReason.MISSING);
    board.processes(new TaskReport(failing, new TreeMap<>()));

    assertThat(published.getLast()).isEqualTo(new SourceSnapshot("lease", failing, List.of()));
    assertThat(TaskReport.STARTING.pods()).isEqualTo(Map.of());
  }

  @Test
  void busyGpuWithoutTask_isAContradictionAfterAMinuteAndEndsAtOnce() {
    TaskBoard board = board(TaskSource.LEASE, TaskFallback.NONE);
    board.publish(leases(tasks(0, "a")));
    board.publish(gpu("a", 0.5));
    assertThat(contradictions("busy_without_task")).isZero();
    now += 30 * SECOND;
    board.publish(leases(tasks(0, "a")));
    board.publish(gpu("a", 0.5));
    now += 30 * SECOND - 1;
    board.publish(leases(tasks(0, "a")));
    board.publish(gpu("a", 0.5));
    assertThat(contradictions("busy_without_task")).isZero();
    now += 1;
    board.publish(leases(tasks(0, "a")));
    assertThat(contradictions("busy_without_task")).isEqualTo(1);
    assertThat(contradictions("task_without_process")).isZero();

    board.publish(leases(tasks(1, "a")));
    assertThat(contradictions("busy_without_task")).isZero();
  }

  @Test
  void taskWithoutProcess_isAContradiction() {
    TaskBoard board = board(TaskSource.LEASE, TaskFallback.NONE);
    board.processes(processes("a", 0));
    board.publish(leases(tasks(2, "a")));
    for (int i = 0; i < 2; i++) {
      now += 30 * SECOND;
      board.processes(processes("a", 0));
      board.publish(leases(tasks(2, "a")));
    }

    assertThat(contradictions("task_without_process")).isEqualTo(1);
    assertThat(published.getLast().samples()).containsExactly(tasks(2, "a"));
  }
}
