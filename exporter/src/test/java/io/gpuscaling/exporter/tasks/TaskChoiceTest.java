package io.gpuscaling.exporter.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TaskChoiceTest {

  private static final Map<TaskSource, Exactness> EXACTNESS =
      Map.of(
          TaskSource.LEASE, Exactness.EXACT,
          TaskSource.NVML, Exactness.ESTIMATE,
          TaskSource.INFERRED, Exactness.LOWER_BOUND);

  private static Map<TaskSource, SampleValue.Known> said(
      @Nullable Integer leases, @Nullable Integer processes, @Nullable Integer busy) {
    var said = new EnumMap<TaskSource, SampleValue.Known>(TaskSource.class);
    put(said, TaskSource.LEASE, leases);
    put(said, TaskSource.NVML, processes);
    put(said, TaskSource.INFERRED, busy);
    return said;
  }

  private static void put(
      Map<TaskSource, SampleValue.Known> said, TaskSource source, @Nullable Integer tasks) {
    Exactness exactness = EXACTNESS.get(source);
    if (tasks != null && exactness != null) {
      said.put(source, new SampleValue.Known(tasks, exactness));
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // source, fallback, said by: leases, NVML, busy GPUs; which counts, and what
        "LEASE,    NONE,     4, 2, 1, LEASE,    4",
        "LEASE,    NONE,     0, 2, 1, LEASE,    0",
        "LEASE,    NONE,     -, 2, 1, -,        -",
        "LEASE,    NVML,     -, 2, 1, NVML,     2",
        "LEASE,    NVML,     0, 2, 1, LEASE,    0",
        "LEASE,    NVML,     -, -, 1, -,        -",
        "LEASE,    INFERRED, -, 2, 1, INFERRED, 1",
        "LEASE,    INFERRED, 3, 2, 1, LEASE,    3",
        "NVML,     NONE,     4, 2, 1, NVML,     2",
        "NVML,     NONE,     4, -, 1, -,        -",
        "NVML,     INFERRED, 4, -, 0, INFERRED, 0",
        "INFERRED, NONE,     4, 2, 1, INFERRED, 1",
        "INFERRED, NONE,     4, 2, -, -,        -",
        "INFERRED, NVML,     4, 2, -, NVML,     2",
      })
  void choice_isOneSourceAndNeverASum(
      TaskSource source,
      TaskFallback fallback,
      @Nullable Integer leases,
      @Nullable Integer processes,
      @Nullable Integer busy,
      @Nullable TaskSource counts,
      @Nullable Integer tasks) {
    TaskChoice expected =
        counts == null || tasks == null
            ? new TaskChoice.Unknown()
            : new TaskChoice.Use(
                counts,
                new SampleValue.Known(
                    tasks, EXACTNESS.getOrDefault(counts, Exactness.UPPER_BOUND)));

    assertThat(
            TaskChoice.of(new TaskSettings(source, fallback, 0.05), said(leases, processes, busy)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "0, -, 2, BUSY_WITHOUT_TASK",
        "0, 1, 0, -",
        "2, -, 0, TASK_WITHOUT_REQUEST",
        "2, 0, 0, TASK_WITHOUT_PROCESS",
        // How many a task makes of requests is the application's to say.
        "2, -, 5, -",
        "-, -, 5, -",
      })
  void contradiction_isBetweenLeasesAndTheApplication(
      @Nullable Integer leases,
      @Nullable Integer processes,
      Integer requests,
      @Nullable Contradiction expected) {
    Map<TaskSource, SampleValue.Known> said = said(leases, processes, null);
    said.put(TaskSource.APP, new SampleValue.Known(requests, Exactness.EXACT));

    assertThat(Contradiction.of(said).orElse(null)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "0, -, 1, BUSY_WITHOUT_TASK",
        "0, 1, 1, BUSY_WITHOUT_TASK",
        // A context without work is what an idle worker has.
        "0, 1, 0, -",
        "0, 1, -, -",
        "2, 0, 0, TASK_WITHOUT_PROCESS",
        "2, 0, -, TASK_WITHOUT_PROCESS",
        // Between two steps of its work a GPU is idle.
        "2, 1, 0, -",
        "2, -, 0, -",
        "-, 1, 1, -",
        "-, 0, 0, -",
      })
  void contradiction_isBetweenLeasesAndTheGpu(
      @Nullable Integer leases,
      @Nullable Integer processes,
      @Nullable Integer busy,
      @Nullable Contradiction expected) {
    assertThat(Contradiction.of(said(leases, processes, busy)).orElse(null)).isEqualTo(expected);
  }
}
