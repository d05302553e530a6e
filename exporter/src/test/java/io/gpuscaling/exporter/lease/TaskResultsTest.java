package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.http.EndpointObserver;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.TimeBuckets;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What tasks came to: how they ended, how long they ran and had waited. */
final class TaskResultsTest {

  private static final PodIdentity POD = new PodIdentity("media", "worker-0", "uid-0");
  private static final Optional<Duration> UNTOLD = Optional.empty();

  private final ManualTicker ticker = new ManualTicker();
  private final LeaseRegistry registry = new LeaseRegistry(ticker, Duration.ofMinutes(10));
  private final CollectorRegistry collectors = new CollectorRegistry();
  private final LeaseMetrics metrics = new LeaseMetrics(collectors, registry);

  private static RunningTask task(String id, String taskClass) {
    return new RunningTask(id, taskClass, "jobs");
  }

  private double value(String name, String... labels) {
    String[] names = new String[labels.length / 2];
    String[] values = new String[labels.length / 2];
    for (int i = 0; i < names.length; i++) {
      names[i] = labels[2 * i];
      values[i] = labels[2 * i + 1];
    }
    Double value = collectors.getSampleValue(name, names, values);
    return value == null ? -1 : value;
  }

  private double finished(String taskClass, String outcome) {
    return value(
        "gpu_tasks_finished_total", "namespace", "media", "class", taskClass, "outcome", outcome);
  }

  private double duration(String suffix, String... more) {
    var labels = new java.util.ArrayList<>(List.of("namespace", "media", "class", "sample"));
    labels.addAll(List.of(more));
    return value("gpu_task_duration_seconds" + suffix, labels.toArray(String[]::new));
  }

  /** The counts for adapters, as text. */
  private List<String> recent() {
    return registry.samples().stream()
        .filter(sample -> sample.series().metric().endsWith("_recent"))
        .sorted(Comparator.comparing(sample -> sample.series().toString()))
        .map(sample -> sample.series().toString() + " " + number(sample))
        .collect(Collectors.toList());
  }

  private static int number(Sample sample) {
    return sample.value() instanceof SampleValue.Known(double value, var _) ? (int) value : -1;
  }

  private void run(String id, Duration time) {
    registry.start(POD, "s", task(id, "sample"));
    ticker.advance(time);
    registry.end(POD, "s", id, TaskOutcome.OK, UNTOLD);
  }

  @Test
  void end_eachOutcome_isCountedByClass() {
    assertThat(metrics).isNotNull();
    for (TaskOutcome outcome : TaskOutcome.values()) {
      registry.start(POD, "s", task(outcome.name(), "sample"));
      registry.end(POD, "s", outcome.name(), outcome, UNTOLD);
    }
    registry.start(POD, "s", task("more", "high-res"));
    registry.close(POD, "s");

    assertThat(finished("sample", "ok")).isEqualTo(1);
    assertThat(finished("sample", "failed")).isEqualTo(1);
    assertThat(finished("sample", "cancelled")).isEqualTo(1);
    assertThat(finished("sample", "expired")).isEqualTo(1);
    assertThat(finished("high-res", "unknown")).isEqualTo(1);
  }

  @Test
  void refusals_areCountedByReason() {
    metrics.onAnswer("/v1/leases/renew", 200);
    metrics.onRefusal(EndpointObserver.Refusal.TOO_MANY_CONNECTIONS);
    assertThat(
            value("gpuscaling_lease_connections_refused_total", "reason", "too_many_connections"))
        .isEqualTo(1);
  }

  @Test
  void end_ofATaskThatDoesNotRun_countsNothing() {
    registry.end(POD, "s", "1", TaskOutcome.OK, Optional.of(Duration.ofSeconds(3)));
    assertThat(finished("", "ok")).isEqualTo(-1);
    assertThat(recent()).isEmpty();
  }

  @Test
  void duration_isTheWorkersOrElseSinceTheStart() {
    run("1", Duration.ofSeconds(20));
    registry.start(POD, "s", task("2", "sample"));
    ticker.advance(Duration.ofSeconds(1));
    registry.end(POD, "s", "2", TaskOutcome.OK, Optional.of(Duration.ofSeconds(40)));

    assertThat(duration("_count")).isEqualTo(2);
    assertThat(duration("_sum")).isEqualTo(60);
    assertThat(duration("_bucket", "le", "15.0")).isZero();
    assertThat(duration("_bucket", "le", "30.0")).isEqualTo(1);
    assertThat(duration("_bucket", "le", "+Inf")).isEqualTo(2);
    assertThat(recent())
        .containsExactlyInAnyOrder(
            "gpu_task_duration_seconds_recent{bucket=\""
                + TimeBuckets.of(20)
                + "\",class=\"sample\","
                + "namespace=\"media\",pod=\"worker-0\",queue=\"jobs\"} 1",
            "gpu_task_duration_seconds_recent{bucket=\""
                + TimeBuckets.of(40)
                + "\",class=\"sample\","
                + "namespace=\"media\",pod=\"worker-0\",queue=\"jobs\"} 1");
  }

  @Test
  void duration_ofATaskThatWasTakenUpOrFailed_isNotMadeUp() {
    registry.renew(POD, "s", List.of(task("taken-up", "sample")));
    ticker.advance(Duration.ofSeconds(5));
    registry.end(POD, "s", "taken-up", TaskOutcome.OK, UNTOLD);
    registry.start(POD, "s", task("failed", "sample"));
    ticker.advance(Duration.ofSeconds(5));
    registry.end(POD, "s", "failed", TaskOutcome.FAILED, UNTOLD);

    assertThat(finished("sample", "ok")).isEqualTo(1);
    assertThat(duration("_count")).isEqualTo(-1);
    assertThat(recent()).isEmpty();
  }

  @Test
  void duration_renewedAndStartedAgain_isSinceTheFirstStart() {
    registry.start(POD, "s", task("1", "sample"));
    ticker.advance(Duration.ofSeconds(10));
    registry.renew(POD, "s", List.of(task("1", "sample")));
    registry.start(POD, "s", task("1", "sample"));
    registry.renew(POD, "other", List.of(task("1", "sample")));
    ticker.advance(Duration.ofSeconds(10));
    registry.end(POD, "other", "1", TaskOutcome.OK, UNTOLD);

    assertThat(duration("_sum")).isEqualTo(20);
    assertThat(duration("_count")).isEqualTo(1);
  }

  @Test
  void wait_isToldOnce() {
    var waited = new RunningTask("1", "sample", "jobs", Optional.of(Duration.ofMillis(1500)));
    registry.start(POD, "s", waited);
    registry.start(POD, "s", waited);
    registry.renew(POD, "s", List.of(waited));

    assertThat(value("gpu_task_wait_seconds_count", "namespace", "media", "class", "sample"))
        .isEqualTo(1);
    assertThat(value("gpu_task_wait_seconds_sum", "namespace", "media", "class", "sample"))
        .isEqualTo(1.5);
    assertThat(recent()).hasSize(1).allSatisfy(it -> assertThat(it).contains("wait", "} 1"));
  }

  @Test
  void recent_afterTheWindow_isForgottenAndToldSo() {
    run("1", Duration.ofSeconds(20));
    ticker.advance(TimeBuckets.WINDOW.minusSeconds(1));
    run("2", Duration.ofSeconds(1));
    assertThat(recent()).hasSize(2);

    ticker.advance(TimeBuckets.WINDOW.dividedBy(10).plusSeconds(1));
    assertThat(registry.expireNow()).isTrue();
    assertThat(recent()).hasSize(1);
    ticker.advance(TimeBuckets.WINDOW.multipliedBy(2));
    assertThat(recent()).isEmpty();
    assertThat(duration("_count")).isEqualTo(2); // for ever
  }

  @Test
  void recent_tooManySeries_areLeftOutAndCounted() {
    for (int i = 0; i < LeaseLimits.MAX_TIME_SERIES + 7; i++) {
      var pod = new PodIdentity("media", "worker-" + i, "uid-" + i);
      registry.start(pod, "s", task("1", "sample"));
      registry.end(pod, "s", "1", TaskOutcome.OK, Optional.of(Duration.ofSeconds(1)));
      registry.close(pod, "s");
    }
    assertThat(recent()).hasSize(LeaseLimits.MAX_TIME_SERIES);
    assertThat(value("gpuscaling_lease_dropped_times_total")).isEqualTo(7);
    assertThat(duration("_count")).isEqualTo(LeaseLimits.MAX_TIME_SERIES + 7);
  }

  @Test
  void results_tooManyClasses_areCountedWithoutThem() {
    for (int i = 0; i < LeaseLimits.MAX_RESULT_KINDS + 9; i++) {
      registry.start(POD, "s", task("1", "class-" + i));
      registry.end(POD, "s", "1", TaskOutcome.OK, UNTOLD);
    }
    assertThat(finished("class-0", "ok")).isEqualTo(1);
    assertThat(value("gpu_tasks_finished_total", "namespace", "", "class", "", "outcome", "ok"))
        .isEqualTo(9);
  }
}
