package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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

  // All guarded by this.
  private final Map<SessionKey, Session> sessions = new LinkedHashMap<>();
  private final Map<TaskKey, Long> tombstones = new LinkedHashMap<>();
  private final Map<TaskOutcome, Long> finished = new EnumMap<>(TaskOutcome.class);
  private int taskCount;

  LeaseRegistry(Ticker ticker, Duration timeToLive) {
    this.ticker = ticker;
    this.timeToLiveNanos = timeToLive.toNanos();
    for (TaskOutcome outcome : TaskOutcome.values()) {
      finished.put(outcome, 0L);
    }
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
    Set<String> ended = new LinkedHashSet<>();
    Map<String, RunningTask> live = new LinkedHashMap<>();
    Set<String> added = new HashSet<>();
    for (RunningTask task : tasks) {
      if (tombstones.containsKey(new TaskKey(pod, task.id()))) {
        ended.add(task.id());
      } else {
        live.put(task.id(), task);
        if (session == null || !session.tasks.containsKey(task.id())) {
          added.add(task.id());
        }
      }
    }
    LeaseResult result = room(session, added.size());
    if (!(result instanceof LeaseResult.Done)) {
      return result;
    }
    Session renewed = opened(key);
    live.values().forEach(task -> hold(renewed, task));
    return ended.isEmpty() ? result : new LeaseResult.DoneExcept(List.copyOf(ended));
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
   * Ends a task in whichever sessions of the pod tell of it; one that does not run is remembered as
   * ended all the same. The session that says so is renewed, if it is open.
   */
  synchronized void end(PodIdentity pod, String sessionId, String taskId, TaskOutcome outcome) {
    expire();
    Session session = sessions.get(new SessionKey(pod, sessionId));
    if (session != null) {
      session.expiresAtNanos = ticker.nanos() + timeToLiveNanos;
    }
    int held = 0;
    for (Session each : sessionsOf(pod)) {
      held += each.tasks.remove(taskId) == null ? 0 : 1;
    }
    taskCount -= held;
    if (held > 0) {
      finished.merge(outcome, 1L, Long::sum);
    }
    bury(new TaskKey(pod, taskId));
  }

  /**
   * Ends a session with its tasks, but for those that another session of the pod tells of as well:
   * a worker that restarts may close its former session after it has taken its tasks over.
   */
  synchronized void close(PodIdentity pod, String sessionId) {
    expire();
    Session closed = sessions.remove(new SessionKey(pod, sessionId));
    if (closed == null) {
      return;
    }
    taskCount -= closed.tasks.size();
    List<Session> others = sessionsOf(pod);
    for (String task : closed.tasks.keySet()) {
      if (others.stream().noneMatch(it -> it.tasks.containsKey(task))) {
        finished.merge(TaskOutcome.UNKNOWN, 1L, Long::sum);
        bury(new TaskKey(pod, task));
      }
    }
  }

  /**
   * Ends what is due.
   *
   * @return whether anything was
   */
  synchronized boolean expireNow() {
    return expire();
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

  /** Finished tasks since the start, by outcome; all outcomes. */
  synchronized Map<TaskOutcome, Long> finished() {
    return new EnumMap<>(finished);
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

  private List<Session> sessionsOf(PodIdentity pod) {
    return sessions.entrySet().stream()
        .filter(entry -> entry.getKey().pod().equals(pod))
        .map(Map.Entry::getValue)
        .toList();
  }

  private boolean expire() {
    long now = ticker.nanos();
    boolean changed = false;
    for (Iterator<Session> all = sessions.values().iterator(); all.hasNext(); ) {
      Session session = all.next();
      int before = session.tasks.size();
      session.tasks.values().removeIf(lease -> now - lease.expiresAtNanos() >= 0);
      int expired = before - session.tasks.size();
      if (expired > 0) {
        changed = true;
        taskCount -= expired;
        finished.merge(TaskOutcome.EXPIRED, (long) expired, Long::sum);
      }
      // Whatever renews a task renews its session: a session that is due has no tasks left.
      if (now - session.expiresAtNanos >= 0) {
        changed = true;
        all.remove();
      }
    }
    tombstones.values().removeIf(until -> now - until >= 0);
    return changed;
  }

  /** What tasks are counted by: each pair is a series. */
  private record Group(String queue, String taskClass) implements Comparable<Group> {

    private static final Group OTHER = new Group("", "");

    Labels labels(Labels base) {
      Labels labels = queue.isEmpty() ? base : base.with("queue", queue);
      return taskClass.isEmpty() ? labels : labels.with("class", taskClass);
    }

    @Override
    public int compareTo(Group that) {
      int byQueue = queue.compareTo(that.queue);
      return byQueue != 0 ? byQueue : taskClass.compareTo(that.taskClass);
    }
  }

  /** The tasks of one pod. */
  private static final class PodTasks {
    private final PodIdentity pod;

    /** By id: two sessions may tell of the same, as after a worker's restart, and it runs once. */
    private final Map<String, Group> tasks = new TreeMap<>();

    PodTasks(PodIdentity pod) {
      this.pod = pod;
    }

    void add(RunningTask task) {
      tasks.putIfAbsent(task.id(), new Group(task.queue(), task.taskClass()));
    }

    void write(List<Sample> samples, long now) {
      Labels base = Labels.of("namespace", pod.namespace(), "pod", pod.name());
      samples.add(sample(ServedMetric.GPU_WORKERS_BUSY, base, tasks.isEmpty() ? 0 : 1, now));
      if (tasks.isEmpty()) {
        samples.add(sample(ServedMetric.GPU_TASKS_ACTIVE, base, 0, now));
      }
      counts()
          .forEach((group, count) ->
              samples.add(sample(ServedMetric.GPU_TASKS_ACTIVE, group.labels(base), count, now)));
    }

    /**
     * Tasks by group. Groups beyond the bound are counted as tasks of no queue and no class: the
     * pod's sum stays right.
     */
    private Map<Group, Integer> counts() {
      var counts = new TreeMap<Group, Integer>();
      tasks.values().forEach(group -> counts.merge(group, 1, Integer::sum));
      while (counts.size() > LeaseLimits.MAX_GROUPS_PER_POD) {
        counts.merge(Group.OTHER, counts.pollLastEntry().getValue(), Integer::sum);
      }
      return counts;
    }

    private static Sample sample(ServedMetric metric, Labels labels, int value, long now) {
      return new Sample(new SeriesKey(metric.metricName(), labels), SampleValue.exact(value), now);
    }
  }
}
