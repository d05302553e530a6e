package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories against an oracle that keeps every event ever told and answers each question by
 * going through all of them: no memory that could be out of step.
 */
final class LeaseHistoryTest {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final int STEPS = 400;

  private final ManualTicker ticker = new ManualTicker();
  private final LeaseRegistry registry = new LeaseRegistry(ticker, TIME_TO_LIVE);
  private final Oracle oracle = new Oracle();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
  void anyHistory_countsAndAnswers_equalTheOracles(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int step = 0; step < STEPS; step++) {
      String did = act(random);
      assertThat(active())
          .describedAs("seed %d, step %d: %s", seed, step, did)
          .isEqualTo(oracle.active());
    }
  }

  private String act(RandomGenerator random) {
    PodIdentity pod = new PodIdentity("ns", "pod-" + random.nextInt(3), "uid");
    String session = "s" + random.nextInt(2);
    String task = "t" + random.nextInt(4);
    return switch (random.nextInt(6)) {
      case 0 -> {
        List<RunningTask> tasks = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          tasks.add(task("t" + random.nextInt(4)));
        }
        List<String> refused = oracle.renew(pod, session, tasks);
        LeaseResult result = registry.renew(pod, session, tasks);
        assertThat(result instanceof LeaseResult.DoneExcept(var ended) ? ended : List.of())
            .isEqualTo(refused);
        yield "renew " + pod.name() + session + tasks;
      }
      case 1, 2 -> {
        oracle.start(pod, session, task);
        assertThat(registry.start(pod, session, task(task))).isEqualTo(new LeaseResult.Done());
        yield "start " + pod.name() + session + task;
      }
      case 3 -> {
        oracle.end(pod, session, task);
        registry.end(pod, session, task, TaskOutcome.OK, Optional.empty());
        yield "end " + pod.name() + session + task;
      }
      case 4 -> {
        oracle.close(pod, session);
        registry.close(pod, session);
        yield "close " + pod.name() + session;
      }
      default -> {
        // Boundaries often: exactly a time to live, a nanosecond less, or any time.
        long whole = TIME_TO_LIVE.toNanos();
        long[] steps = {whole, whole - 1, 1, random.nextLong(1, whole), 2 * whole};
        long by = steps[random.nextInt(steps.length)];
        ticker.advance(Duration.ofNanos(by));
        oracle.now += by;
        yield "advance " + by;
      }
    };
  }

  private Map<String, Integer> active() {
    var active = new TreeMap<String, Integer>();
    for (Sample sample : registry.samples()) {
      String pod = sample.series().labels().getOrEmpty("pod");
      int value = sample.value() instanceof SampleValue.Known(double v, var _) ? (int) v : -99;
      if (sample.series().metric().equals("gpu_tasks_active")) {
        active.merge(pod, value, Integer::sum);
      } else if (sample.series().metric().equals("gpu_workers_busy")) {
        assertThat(value).isEqualTo(busyOf(pod));
      }
    }
    return active;
  }

  private int busyOf(String pod) {
    return oracle.active().getOrDefault(pod, 0) > 0 ? 1 : 0;
  }

  private static RunningTask task(String id) {
    return new RunningTask(id, "", "");
  }

  /** Everything that was ever said, in order. */
  private static final class Oracle {
    private final List<Event> events = new ArrayList<>();
    private long now;

    private enum Kind {
      SESSION,
      TASK,
      END,
      CLOSE
    }

    private record Event(Kind kind, long at, PodIdentity pod, String session, String task) {}

    List<String> renew(PodIdentity pod, String session, List<RunningTask> tasks) {
      var refused = new ArrayList<String>();
      var taken = new ArrayList<String>();
      for (RunningTask task : tasks) {
        if (!isEnded(pod, task.id())) {
          taken.add(task.id());
        } else if (!refused.contains(task.id())) {
          refused.add(task.id());
        }
      }
      events.add(new Event(Kind.SESSION, now, pod, session, ""));
      taken.forEach(task -> events.add(new Event(Kind.TASK, now, pod, session, task)));
      return refused;
    }

    void start(PodIdentity pod, String session, String task) {
      events.add(new Event(Kind.SESSION, now, pod, session, ""));
      events.add(new Event(Kind.TASK, now, pod, session, task));
    }

    void end(PodIdentity pod, String session, String task) {
      if (isOpen(pod, session)) {
        events.add(new Event(Kind.SESSION, now, pod, session, ""));
      }
      events.add(new Event(Kind.END, now, pod, "", task));
    }

    void close(PodIdentity pod, String session) {
      var its = new TreeSet<String>();
      for (Event event : events) {
        if (event.kind() == Kind.TASK && runsIn(pod, session, event.task())) {
          its.add(event.task());
        }
      }
      events.add(new Event(Kind.CLOSE, now, pod, session, ""));
      for (String task : its) {
        if (!runsIn(pod, "s0", task) && !runsIn(pod, "s1", task)) {
          events.add(new Event(Kind.END, now, pod, "", task));
        }
      }
    }

    /** The last word on a task decides: ended, and not so long ago, or told again since. */
    private boolean isEnded(PodIdentity pod, String task) {
      boolean ended = false;
      for (Event event : events) {
        if (event.pod().equals(pod) && event.task().equals(task)) {
          if (event.kind() == Kind.END) {
            ended = now - event.at() < 2 * TIME_TO_LIVE.toNanos();
          } else if (event.kind() == Kind.TASK) {
            ended = false;
          }
        }
      }
      return ended;
    }

    private boolean runsIn(PodIdentity pod, String session, String task) {
      boolean runs = false;
      for (Event event : events) {
        if (!event.pod().equals(pod)) {
          continue;
        }
        switch (event.kind()) {
          case TASK -> {
            if (event.session().equals(session) && event.task().equals(task)) {
              runs = now - event.at() < TIME_TO_LIVE.toNanos();
            }
          }
          case END -> runs &= !event.task().equals(task);
          case CLOSE -> runs &= !event.session().equals(session);
          case SESSION -> {}
        }
      }
      return runs;
    }

    private boolean isOpen(PodIdentity pod, String session) {
      boolean open = false;
      for (Event event : events) {
        if (event.pod().equals(pod) && event.session().equals(session)) {
          switch (event.kind()) {
            case SESSION -> open = now - event.at() < TIME_TO_LIVE.toNanos();
            case CLOSE -> open = false;
            case TASK, END -> {}
          }
        }
      }
      return open;
    }

    Map<String, Integer> active() {
      var active = new TreeMap<String, Integer>();
      for (int p = 0; p < 3; p++) {
        PodIdentity pod = new PodIdentity("ns", "pod-" + p, "uid");
        if (isOpen(pod, "s0") || isOpen(pod, "s1")) {
          int count = 0;
          for (int t = 0; t < 4; t++) {
            count += runsIn(pod, "s0", "t" + t) || runsIn(pod, "s1", "t" + t) ? 1 : 0;
          }
          active.put(pod.name(), count);
        }
      }
      return active;
    }
  }
}
