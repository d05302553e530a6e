package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions and running tasks of the node's workers. Everything in it ends by itself when it is
 * not renewed within the time to live, by a clock that never goes back. A task that has ended is
 * remembered for two times to live, so that a late renewal does not bring it back. Safe for use by
 * any thread; every call is short and does no I/O.
 */
final class LeaseRegistry {

  private final Ticker ticker;
  private final long timeToLiveNanos;
  private final long startedAtNanos;

  // All guarded by this.
  private final Map<SessionKey, Session> sessions = new LinkedHashMap<>();
  private final Map<TaskKey, Long> tombstones = new LinkedHashMap<>();
  private final Map<TaskOutcome, Long> finished = new HashMap<>();
  private int taskCount;

  LeaseRegistry(Ticker ticker, Duration timeToLive) {
    this.ticker = ticker;
    this.timeToLiveNanos = timeToLive.toNanos();
    this.startedAtNanos = ticker.nanos();
  }

  private record SessionKey(PodIdentity pod, String id) {}

  private record TaskKey(PodIdentity pod, String id) {}

  private static final class Session {
    private final Map<String, Lease> tasks = new HashMap<>();
    private long expiresAtNanos;
  }

  private record Lease(RunningTask task, long expiresAtNanos) {}

  /**
   * Opens or renews a session and takes up all tasks that it names, but for those that have been
   * ended.
   */
  synchronized LeaseResult renew(PodIdentity pod, String sessionId, List<RunningTask> tasks) {
    expire();
    var key = new SessionKey(pod, sessionId);
    Session session = sessions.get(key);
    List<String> ended = new ArrayList<>();
    List<RunningTask> live = new ArrayList<>();
    int added = 0;
    for (RunningTask task : tasks) {
      if (tombstones.containsKey(new TaskKey(pod, task.id()))) {
        ended.add(task.id());
      } else {
        live.add(task);
        added += session == null || !session.tasks.containsKey(task.id()) ? 1 : 0;
      }
    }
    LeaseResult result = room(session, added);
    if (!(result instanceof LeaseResult.Done)) {
      return result;
    }
    Session renewed = opened(key);
    live.forEach(task -> hold(renewed, task));
    return ended.isEmpty() ? result : new LeaseResult.DoneExcept(ended);
  }

  /**
   * Starts a task; a running one is renewed. A new start of an ended task is a new task of the same
   * name.
   */
  synchronized LeaseResult start(PodIdentity pod, String sessionId, RunningTask task) {
    expire();
    var key = new SessionKey(pod, sessionId);
    Session session = sessions.get(key);
    boolean isNew = session == null || !session.tasks.containsKey(task.id());
    LeaseResult result = room(session, isNew ? 1 : 0);
    if (result instanceof LeaseResult.Done) {
      tombstones.remove(new TaskKey(pod, task.id()));
      hold(opened(key), task);
    }
    return result;
  }

  /**
   * Ends a task in whichever session of the pod it runs; one that does not run is remembered as
   * ended all the same.
   */
  synchronized void end(PodIdentity pod, String sessionId, String taskId, TaskOutcome outcome) {
    expire();
    Session session = sessions.get(new SessionKey(pod, sessionId));
    if (session != null) {
      session.expiresAtNanos = ticker.nanos() + timeToLiveNanos;
      if (session.tasks.remove(taskId) != null) {
        taskCount--;
        finished.merge(outcome, 1L, Long::sum);
      }
    }
    bury(new TaskKey(pod, taskId));
  }

  /** Ends a session with its tasks. */
  synchronized void close(PodIdentity pod, String sessionId) {
    expire();
    Session session = sessions.remove(new SessionKey(pod, sessionId));
    if (session != null) {
      taskCount -= session.tasks.size();
      finished.merge(TaskOutcome.UNKNOWN, (long) session.tasks.size(), Long::sum);
      session.tasks.keySet().forEach(task -> bury(new TaskKey(pod, task)));
    }
  }

  /**
   * Whether one time to live has passed since the start: every worker that lives has announced
   * itself by then.
   */
  synchronized boolean isComplete() {
    return ticker.nanos() - startedAtNanos >= timeToLiveNanos;
  }

  /** The series of all pods with a live session. */
  synchronized List<Sample> samples() {
    expire();
    long now = ticker.nanos();
    Map<String, PodTasks> pods = new TreeMap<>();
    sessions.forEach((key, session) -> {
      PodTasks tasks =
          pods.computeIfAbsent(
              key.pod().namespace() + "/" + key.pod().name(), _ -> new PodTasks(key.pod()));
      session.tasks.values().forEach(lease -> tasks.add(lease.task()));
    });
    List<Sample> samples = new ArrayList<>();
    pods.values().forEach(tasks -> tasks.write(samples, now));
    return samples;
  }

  /** Finished tasks since the start, by outcome. */
  synchronized Map<TaskOutcome, Long> finished() {
    return Map.copyOf(finished);
  }

  /** Live sessions. */
  synchronized int sessionCount() {
    expire();
    return sessions.size();
  }

  private LeaseResult room(@Nullable Session session, int added) {
    int held = session == null ? 0 : session.tasks.size();
    if (session == null && sessions.size() >= LeaseLimits.MAX_SESSIONS) {
      return new LeaseResult.Full(
          "more than " + LeaseLimits.MAX_SESSIONS + " sessions on this node");
    }
    if (held + added > LeaseLimits.MAX_TASKS_PER_SESSION) {
      return new LeaseResult.Full(
          "more than " + LeaseLimits.MAX_TASKS_PER_SESSION + " tasks in this session");
    }
    if (taskCount + added > LeaseLimits.MAX_TASKS) {
      return new LeaseResult.Full("more than " + LeaseLimits.MAX_TASKS + " tasks on this node");
    }
    return new LeaseResult.Done();
  }

  private Session opened(SessionKey key) {
    Session session = sessions.computeIfAbsent(key, _ -> new Session());
    session.expiresAtNanos = ticker.nanos() + timeToLiveNanos;
    return session;
  }

  private void hold(Session session, RunningTask task) {
    if (session.tasks.put(task.id(), new Lease(task, ticker.nanos() + timeToLiveNanos)) == null) {
      taskCount++;
    }
  }

  private void bury(TaskKey task) {
    tombstones.remove(task); // to the end of the order
    tombstones.put(task, ticker.nanos() + 2 * timeToLiveNanos);
    if (tombstones.size() > LeaseLimits.MAX_TOMBSTONES) {
      Iterator<TaskKey> oldest = tombstones.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  private void expire() {
    long now = ticker.nanos();
    long expired = 0;
    for (Iterator<Session> all = sessions.values().iterator(); all.hasNext(); ) {
      Session session = all.next();
      int before = session.tasks.size();
      session.tasks.values().removeIf(lease -> now - lease.expiresAtNanos() >= 0);
      expired += before - session.tasks.size();
      // A task that is renewed keeps its session: the worker that started it lives.
      if (session.tasks.isEmpty() && now - session.expiresAtNanos >= 0) {
        all.remove();
      }
    }
    if (expired > 0) {
      taskCount -= (int) expired;
      finished.merge(TaskOutcome.EXPIRED, expired, Long::sum);
    }
    tombstones.values().removeIf(until -> now - until >= 0);
  }

  /** The tasks of one pod by queue and class. */
  private static final class PodTasks {
    private final PodIdentity pod;
    private final Map<List<String>, Integer> groups =
        new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
    private final Set<String> ids = new HashSet<>();

    PodTasks(PodIdentity pod) {
      this.pod = pod;
    }

    void add(RunningTask task) {
      // Two sessions of one pod may both tell of a task, as after a worker's restart: it runs once.
      if (ids.add(task.id())) {
        List<String> group = List.of(task.queue(), task.taskClass());
        boolean known = groups.containsKey(group) || groups.size() < LeaseLimits.MAX_GROUPS_PER_POD;
        groups.merge(known ? group : List.of("", ""), 1, Integer::sum);
      }
    }

    void write(List<Sample> samples, long now) {
      Labels base = Labels.of("namespace", pod.namespace(), "pod", pod.name());
      samples.add(sample(ServedMetric.GPU_WORKERS_BUSY, base, groups.isEmpty() ? 0 : 1, now));
      if (groups.isEmpty()) {
        samples.add(sample(ServedMetric.GPU_TASKS_ACTIVE, base, 0, now));
      }
      groups.forEach((group, count) -> {
        Labels labels = group.getFirst().isEmpty() ? base : base.with("queue", group.getFirst());
        labels = group.getLast().isEmpty() ? labels : labels.with("class", group.getLast());
        samples.add(sample(ServedMetric.GPU_TASKS_ACTIVE, labels, count, now));
      });
    }

    private static Sample sample(ServedMetric metric, Labels labels, int value, long now) {
      return new Sample(new SeriesKey(metric.metricName(), labels), SampleValue.exact(value), now);
    }
  }
}
