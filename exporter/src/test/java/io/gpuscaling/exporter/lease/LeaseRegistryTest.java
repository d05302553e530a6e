package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LeaseRegistryTest {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final Duration NANO = Duration.ofNanos(1);
  private static final PodIdentity POD = new PodIdentity("media", "worker-0", "uid-0");
  private static final PodIdentity OTHER_POD = new PodIdentity("media", "worker-1", "uid-1");
  private static final LeaseResult DONE = new LeaseResult.Done();

  private final ManualTicker ticker = new ManualTicker();
  private final LeaseRegistry registry = new LeaseRegistry(ticker, TIME_TO_LIVE);

  @Test
  void samples_noSession_isNothing() {
    assertThat(registry.samples()).isEmpty();
  }

  @Test
  void renew_noTasks_isAnExactZero() {
    assertThat(registry.renew(POD, "s", List.of())).isEqualTo(DONE);

    assertThat(values())
        .containsOnly(
            Map.entry("gpu_tasks_active{namespace=\"media\",pod=\"worker-0\"}", 0.0),
            Map.entry("gpu_workers_busy{namespace=\"media\",pod=\"worker-0\"}", 0.0));
  }

  @Test
  void samples_tasksOfSeveralGroups_areCountedApart() {
    registry.start(POD, "s", new RunningTask("1", "sample", "jobs"));
    registry.start(POD, "s", new RunningTask("2", "sample", "jobs"));
    registry.start(POD, "s", new RunningTask("3", "high-res", ""));
    registry.start(POD, "s", new RunningTask("4", "", ""));

    assertThat(registry.samples())
        .contains(
            sample("gpu_tasks_active", 2, "queue", "jobs", "class", "sample"),
            sample("gpu_tasks_active", 1, "class", "high-res"),
            sample("gpu_tasks_active", 1),
            sample("gpu_workers_busy", 1))
        .hasSize(4);
  }

  @Test
  void start_again_changesNothingButItsTime() {
    registry.start(POD, "s", task("1"));
    registry.start(POD, "s", task("1"));
    assertThat(active(POD)).isEqualTo(1);

    registry.end(POD, "s", "1", TaskOutcome.OK, Optional.empty());
    assertThat(active(POD)).isZero();
    assertThat(registry.finished()).containsEntry(TaskOutcome.OK, 1L);
  }

  @Test
  void drain_sessionKnows_whenItRenewedAfterItWasTold() {
    registry.start(POD, "s", task("1"));
    registry.renew(POD, "idle", List.of());
    assertThat(registry.drain(POD)).isEqualTo(new LeaseRegistry.DrainState(1, 2));
    assertThat(registry.drain(OTHER_POD)).isEqualTo(new LeaseRegistry.DrainState(0, 0));

    // This renewal may have been under way when the mark was made.
    registry.renew(POD, "idle", List.of());
    assertThat(registry.tellDraining(POD, "idle")).isTrue();
    assertThat(registry.drain(POD).unawareSessions()).isEqualTo(2);
    registry.renew(POD, "idle", List.of());
    assertThat(registry.drain(POD).unawareSessions()).isEqualTo(1);

    // A start that is refused tells it as well; the worker renews with what it runs all the same.
    assertThat(registry.start(POD, "s", task("2"))).isEqualTo(new LeaseResult.Draining());
    assertThat(registry.drain(POD)).isEqualTo(new LeaseRegistry.DrainState(1, 1));
    registry.renew(POD, "s", List.of(task("1"), task("2")));
    assertThat(registry.drain(POD)).isEqualTo(new LeaseRegistry.DrainState(2, 0));

    // A worker that starts again does not know.
    registry.renew(POD, "new", List.of());
    assertThat(registry.drain(POD)).isEqualTo(new LeaseRegistry.DrainState(2, 1));
    registry.close(POD, "new");
    registry.close(POD, "s");
    assertThat(registry.drain(POD)).isEqualTo(new LeaseRegistry.DrainState(0, 0));
  }

  @Test
  void drain_notRepeated_lapses() {
    registry.drain(POD);
    ticker.advance(TIME_TO_LIVE.multipliedBy(2).minus(NANO));
    assertThat(registry.tellDraining(POD, "s")).isTrue();
    registry.drain(POD);
    ticker.advance(TIME_TO_LIVE.multipliedBy(2));
    assertThat(registry.tellDraining(POD, "s")).isFalse();
    assertThat(registry.start(POD, "s", task("1"))).isEqualTo(DONE);
  }

  @Test
  void drain_tooManyPods_forgetsTheFirst() {
    registry.drain(POD);
    for (int i = 0; i < LeaseLimits.MAX_DRAINING_PODS; i++) {
      registry.drain(new PodIdentity("media", "pod-" + i, "uid-" + i));
    }
    assertThat(registry.tellDraining(POD, "s")).isFalse();
    assertThat(registry.tellDraining(new PodIdentity("media", "pod-0", "uid-0"), "s")).isTrue();
  }

  @Test
  void expiry_atTheTimeToLive_endsTaskAndSession() {
    registry.start(POD, "s", task("1"));

    ticker.advance(TIME_TO_LIVE.minus(NANO));
    assertThat(registry.expireNow()).isFalse();
    assertThat(active(POD)).isEqualTo(1);

    ticker.advance(NANO);
    assertThat(registry.expireNow()).isTrue();
    assertThat(registry.samples()).isEmpty();
    assertThat(registry.sessionCount()).isZero();
    assertThat(registry.finished()).containsEntry(TaskOutcome.EXPIRED, 1L);
    assertThat(registry.expireNow()).isFalse();
  }

  @Test
  void renew_someTasks_othersKeepTheirOwnTime() {
    registry.start(POD, "s", task("kept"));
    registry.start(POD, "s", task("silent"));
    ticker.advance(TIME_TO_LIVE.dividedBy(2));
    registry.renew(POD, "s", List.of(task("kept")));
    ticker.advance(TIME_TO_LIVE.dividedBy(2));

    assertThat(active(POD)).isEqualTo(1);
    registry.end(POD, "s", "kept", TaskOutcome.OK, Optional.empty());
    assertThat(active(POD)).isZero();
  }

  @Test
  void renew_taskThatExpired_isTakenUpAgain() {
    registry.start(POD, "s", task("1"));
    ticker.advance(TIME_TO_LIVE);
    assertThat(active(POD)).isEqualTo(-1);

    assertThat(registry.renew(POD, "s", List.of(task("1")))).isEqualTo(DONE);
    assertThat(active(POD)).isEqualTo(1);
  }

  @Test
  void renew_endedTask_isNotBroughtBackForTwoTimesToLive() {
    registry.start(POD, "s", task("1"));
    registry.end(POD, "s", "1", TaskOutcome.OK, Optional.empty());

    ticker.advance(TIME_TO_LIVE.multipliedBy(2).minus(NANO));
    assertThat(registry.renew(POD, "s", List.of(task("1"), task("2"), task("1"))))
        .isEqualTo(new LeaseResult.DoneExcept(List.of("1")));
    assertThat(active(POD)).isEqualTo(1);

    ticker.advance(NANO);
    assertThat(registry.renew(POD, "s", List.of(task("1")))).isEqualTo(DONE);
    assertThat(active(POD)).isEqualTo(2);
  }

  @Test
  void end_unknownTask_isRememberedAsEnded() {
    registry.end(POD, "s", "early", TaskOutcome.OK, Optional.empty());

    assertThat(registry.renew(POD, "s", List.of(task("early"))))
        .isEqualTo(new LeaseResult.DoneExcept(List.of("early")));
    assertThat(registry.finished()).containsEntry(TaskOutcome.OK, 0L);
  }

  @Test
  void start_endedTask_isANewOne() {
    registry.start(POD, "s", task("1"));
    registry.end(POD, "s", "1", TaskOutcome.FAILED, Optional.empty());
    registry.start(POD, "s", task("1"));

    assertThat(active(POD)).isEqualTo(1);
    assertThat(registry.renew(POD, "s", List.of(task("1")))).isEqualTo(DONE);
  }

  @Test
  void end_sameIdInAnotherPod_touchesOnlyItsOwn() {
    registry.start(POD, "s", task("1"));
    registry.start(OTHER_POD, "s", task("1"));
    registry.end(OTHER_POD, "s", "1", TaskOutcome.OK, Optional.empty());

    assertThat(active(POD)).isEqualTo(1);
    assertThat(active(OTHER_POD)).isZero();
    assertThat(registry.renew(POD, "s", List.of(task("1")))).isEqualTo(DONE);
  }

  @Test
  void samples_taskToldByTwoSessions_isCountedOnce() {
    registry.start(POD, "before", task("1"));
    registry.renew(POD, "after", List.of(task("1"), task("2")));

    assertThat(active(POD)).isEqualTo(2);
  }

  @Test
  void end_taskToldByTwoSessions_endsInBoth() {
    registry.start(POD, "before", task("1"));
    registry.renew(POD, "after", List.of(task("1")));

    registry.end(POD, "after", "1", TaskOutcome.OK, Optional.empty());

    assertThat(active(POD)).isZero();
    assertThat(registry.finished()).containsEntry(TaskOutcome.OK, 1L);
  }

  @Test
  void close_taskTakenOverByAnotherSession_runsOn() {
    registry.start(POD, "before", task("1"));
    registry.start(POD, "before", task("mine"));
    registry.renew(POD, "after", List.of(task("1")));

    registry.close(POD, "before");

    assertThat(active(POD)).isEqualTo(1);
    assertThat(registry.renew(POD, "after", List.of(task("1"), task("mine"))))
        .isEqualTo(new LeaseResult.DoneExcept(List.of("mine")));
    assertThat(active(POD)).isEqualTo(1);
    assertThat(registry.finished()).containsEntry(TaskOutcome.UNKNOWN, 1L);
  }

  @Test
  void close_lastSession_leavesNothing() {
    registry.start(POD, "s", task("1"));
    registry.close(POD, "s");
    registry.close(POD, "s");
    registry.close(OTHER_POD, "never");

    assertThat(registry.samples()).isEmpty();
    assertThat(registry.sessionCount()).isZero();
  }

  @Test
  void start_tooManyTasksInASession_isRefusedAndChangesNothing() {
    assertThat(registry.renew(POD, "s", tasks(LeaseLimits.MAX_TASKS_PER_SESSION))).isEqualTo(DONE);

    assertThat(registry.start(POD, "s", task("one-more")))
        .isEqualTo(new LeaseResult.Full("more than 1024 tasks in this session"));
    assertThat(registry.start(POD, "s", task("t-0"))).isEqualTo(DONE);
    assertThat(active(POD)).isEqualTo(LeaseLimits.MAX_TASKS_PER_SESSION);

    registry.end(POD, "s", "t-0", TaskOutcome.OK, Optional.empty());
    assertThat(registry.start(POD, "s", task("one-more"))).isEqualTo(DONE);
  }

  @Test
  void renew_taskNamedTwice_takesOnePlace() {
    List<RunningTask> most = tasks(LeaseLimits.MAX_TASKS_PER_SESSION);
    var twice = new ArrayList<>(most);
    twice.add(most.getFirst());

    assertThat(registry.renew(POD, "s", twice)).isEqualTo(DONE);
    assertThat(active(POD)).isEqualTo(LeaseLimits.MAX_TASKS_PER_SESSION);
  }

  @Test
  void renew_tooManySessions_isRefused() {
    for (int i = 0; i < LeaseLimits.MAX_SESSIONS; i++) {
      assertThat(registry.renew(POD, "s-" + i, List.of())).isEqualTo(DONE);
    }

    assertThat(registry.renew(OTHER_POD, "s", List.of()))
        .isEqualTo(new LeaseResult.Full("more than 1024 sessions on this node"));
    assertThat(registry.renew(POD, "s-0", List.of(task("1")))).isEqualTo(DONE);
    registry.close(POD, "s-1");
    assertThat(registry.renew(OTHER_POD, "s", List.of())).isEqualTo(DONE);
  }

  @Test
  void renew_tooManyTasksOnTheNode_isRefusedUntilSomeEnd() {
    int sessions = LeaseLimits.MAX_TASKS / LeaseLimits.MAX_TASKS_PER_SESSION;
    for (int i = 0; i < sessions; i++) {
      registry.renew(POD, "s-" + i, tasks(LeaseLimits.MAX_TASKS_PER_SESSION));
    }

    assertThat(registry.start(OTHER_POD, "s", task("1")))
        .isEqualTo(new LeaseResult.Full("more than 16384 tasks on this node"));
    registry.close(POD, "s-0");
    assertThat(registry.start(OTHER_POD, "s", task("1"))).isEqualTo(DONE);

    ticker.advance(TIME_TO_LIVE);
    assertThat(registry.renew(POD, "again", tasks(LeaseLimits.MAX_TASKS_PER_SESSION)))
        .isNotInstanceOf(LeaseResult.Full.class);
  }

  @Test
  void end_tooManyEndedTasks_forgetsTheOldest() {
    for (int i = 0; i <= LeaseLimits.MAX_TOMBSTONES; i++) {
      registry.end(POD, "s", "t-" + i, TaskOutcome.OK, Optional.empty());
    }

    assertThat(registry.renew(POD, "s", List.of(task("t-0"), task("t-1"))))
        .isEqualTo(new LeaseResult.DoneExcept(List.of("t-1")));
  }

  @Test
  void samples_tooManyGroups_keepTheSumAndTheBound() {
    for (int i = 0; i < LeaseLimits.MAX_GROUPS_PER_POD + 20; i++) {
      registry.start(POD, "s", new RunningTask("t-" + i, "class-%03d".formatted(i), "jobs"));
    }

    List<Sample> groups =
        registry.samples().stream()
            .filter(it -> it.series().metric().equals("gpu_tasks_active"))
            .toList();
    assertThat(groups).hasSize(LeaseLimits.MAX_GROUPS_PER_POD);
    assertThat(groups)
        .contains(
            sample("gpu_tasks_active", 1, "queue", "jobs", "class", "class-000"),
            sample("gpu_tasks_active", 21));
    assertThat(active(POD)).isEqualTo(LeaseLimits.MAX_GROUPS_PER_POD + 20);
  }

  @Test
  void samples_namesThatLookLikeSeparators_areNotMixedUp() {
    registry.start(POD, "s", new RunningTask("1", "b", "a, b"));
    registry.start(POD, "s", new RunningTask("2", "", "a, b, b"));

    assertThat(registry.samples())
        .contains(
            sample("gpu_tasks_active", 1, "queue", "a, b", "class", "b"),
            sample("gpu_tasks_active", 1, "queue", "a, b, b"));
  }

  @Test
  void samples_podRecreatedWithItsName_isOneSeries() {
    registry.start(POD, "s", task("old"));
    registry.renew(new PodIdentity("media", "worker-0", "uid-new"), "s", List.of(task("new")));

    assertThat(registry.samples()).extracting(Sample::series).doesNotHaveDuplicates();
    assertThat(active(POD)).isEqualTo(2);
  }

  private static List<RunningTask> tasks(int count) {
    return IntStream.range(0, count).mapToObj(i -> task("t-" + i)).toList();
  }

  private static RunningTask task(String id) {
    return new RunningTask(id, "", "");
  }

  private Sample sample(String metric, int value, String... labels) {
    Labels all = Labels.of("namespace", "media", "pod", "worker-0");
    for (int i = 0; i < labels.length; i += 2) {
      all = all.with(labels[i], labels[i + 1]);
    }
    return new Sample(new SeriesKey(metric, all), SampleValue.exact(value), ticker.nanos());
  }

  private Map<String, Double> values() {
    var values = new HashMap<String, Double>();
    for (Sample sample : registry.samples()) {
      values.put(sample.series().toString(), value(sample));
    }
    return values;
  }

  /** The pod's running tasks, or -1 when it has no session. */
  private int active(PodIdentity pod) {
    return registry.samples().stream()
        .filter(it -> it.series().metric().equals("gpu_tasks_active"))
        .filter(it -> it.series().labels().getOrEmpty("pod").equals(pod.name()))
        .mapToInt(it -> (int) value(it))
        .reduce(Integer::sum)
        .orElse(-1);
  }

  private static double value(Sample sample) {
    return sample.value() instanceof SampleValue.Known(double value, var _) ? value : Double.NaN;
  }
}
