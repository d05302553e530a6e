package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.Collector.MetricFamilySamples;
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
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
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

  private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

  private final Ticker ticker;
  private final long timeToLiveNanos;

  // All guarded by this.
  private final Map<SessionKey, Session> sessions = new LinkedHashMap<>();
  private final Map<TaskKey, Long> tombstones = new LinkedHashMap<>();
  private final Map<TaskOutcome, Long> finished = new EnumMap<>(TaskOutcome.class);

  private final DrainingPods draining = new DrainingPods();

  private final TaskTimes times;
  private final TaskResults results = new TaskResults();
  private int taskCount;

  LeaseRegistry(Ticker ticker, Duration timeToLive) {
    this.ticker = ticker;
    this.timeToLiveNanos = timeToLive.toNanos();
    this.times = new TaskTimes(ticker);
    for (TaskOutcome outcome : TaskOutcome.values()) {
      finished.put(outcome, 0L);
    }
  }

  private record SessionKey(PodIdentity pod, String id) {}

  private record TaskKey(PodIdentity pod, String id) {}

  private static final class Session {
    private final Map<String, Lease> tasks = new HashMap<>();
    private long expiresAtNanos;

    /** Whether its worker has not spoken since it was read back. */
    private boolean readBack;
  }

  /**
   * A task that a session tells of.
   *
   * @param startedAtNanos when it was started; empty for one that was taken up when it ran already
   * @param readBack whether its worker has not named it since it was read back
   */
  private record Lease(
      RunningTask task, OptionalLong startedAtNanos, long expiresAtNanos, boolean readBack) {}

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
    draining.renewed(pod, sessionId);
    live.values().forEach(task -> hold(renewed, task, OptionalLong.empty()));
    return ended.isEmpty() ? result : new LeaseResult.DoneExcept(List.copyOf(ended));
  }

  /**
   * Starts a task; a running one is renewed. A new start of an ended task is a new task of the same
   * name. None is started in a pod that is being taken away.
   */
  synchronized LeaseResult start(PodIdentity pod, String sessionId, RunningTask task) {
    expire();
    var key = new SessionKey(pod, sessionId);
    Session session = sessions.get(key);
    boolean isNew = session == null || !session.tasks.containsKey(task.id());
    if (isNew && draining.isMarked(pod)) {
      draining.tell(pod, sessionId);
      return new LeaseResult.Draining();
    }
    LeaseResult result = room(session, isNew ? 1 : 0);
    if (result instanceof LeaseResult.Done) {
      tombstones.remove(new TaskKey(pod, task.id()));
      hold(opened(key), task, OptionalLong.of(ticker.nanos()));
      if (isNew) {
        task.waited()
            .map(LeaseRegistry::seconds)
            .ifPresent(waited -> {
              times.waited(pod, task, waited);
              results.waited(pod, task, waited);
            });
      }
    }
    return result;
  }

  /**
   * Ends a task in whichever sessions of the pod tell of it; one that does not run is remembered as
   * ended all the same. The session that says so is renewed, if it is open.
   *
   * @param ran how long it ran by the worker's clock; empty: since it was started, if that is known
   */
  synchronized void end(
      PodIdentity pod,
      String sessionId,
      String taskId,
      TaskOutcome outcome,
      Optional<Duration> ran) {
    expire();
    Session session = sessions.get(new SessionKey(pod, sessionId));
    if (session != null) {
      session.expiresAtNanos = ticker.nanos() + timeToLiveNanos;
    }
    List<Lease> held =
        sessionsOf(pod).stream()
            .map(each -> each.tasks.remove(taskId))
            .filter(Objects::nonNull)
            .toList();
    taskCount -= held.size();
    if (!held.isEmpty()) {
      RunningTask task = held.getFirst().task();
      finish(pod, task, outcome);
      if (outcome == TaskOutcome.OK) {
        ran.or(() -> sinceStart(held))
            .map(LeaseRegistry::seconds)
            .ifPresent(seconds -> {
              times.ran(pod, task, seconds);
              results.ran(pod, task, seconds);
            });
      }
    }
    bury(new TaskKey(pod, taskId));
  }

  private Optional<Duration> sinceStart(List<Lease> held) {
    long now = ticker.nanos();
    return held.stream()
        .map(Lease::startedAtNanos)
        .filter(OptionalLong::isPresent)
        .map(started -> Duration.ofNanos(now - started.getAsLong()))
        .max(Duration::compareTo);
  }

  private static double seconds(Duration time) {
    return time.toNanos() / (double) NANOS_PER_SECOND;
  }

  private void finish(PodIdentity pod, RunningTask task, TaskOutcome outcome) {
    finished.merge(outcome, 1L, Long::sum);
    results.finished(pod, task, outcome);
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
    draining.ended(pod, sessionId);
    taskCount -= closed.tasks.size();
    List<Session> others = sessionsOf(pod);
    closed.tasks.forEach((id, lease) -> {
      if (others.stream().noneMatch(it -> it.tasks.containsKey(id))) {
        finish(pod, lease.task(), TaskOutcome.UNKNOWN);
        bury(new TaskKey(pod, id));
      }
    });
  }

  /**
   * What a pod that is being taken away still does.
   *
   * @param runningTasks its tasks
   * @param unawareSessions its sessions that may start a task, since they do not know yet
   */
  record DrainState(int runningTasks, int unawareSessions) {}

  /** Marks a pod as being taken away, for two times to live: it starts nothing new. */
  synchronized DrainState drain(PodIdentity pod) {
    expire();
    draining.mark(pod, ticker.nanos() + 2 * timeToLiveNanos);
    PodTasks tasks = new PodTasks(pod);
    int unaware = 0;
    for (Map.Entry<SessionKey, Session> each : sessions.entrySet()) {
      if (each.getKey().pod().equals(pod)) {
        each.getValue().tasks.values().forEach(lease -> tasks.add(lease.task()));
        unaware += draining.knows(pod, each.getKey().id()) ? 0 : 1;
      }
    }
    return new DrainState(tasks.count(), unaware);
  }

  /** Whether the answer to a session says that its pod is being taken away. */
  synchronized boolean tellDraining(PodIdentity pod, String sessionId) {
    expire();
    return draining.tell(pod, sessionId);
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
      if (session.readBack || session.tasks.values().stream().anyMatch(Lease::readBack)) {
        tasks.estimate();
      }
    });
    List<Sample> samples = new ArrayList<>();
    pods.values().forEach(tasks -> tasks.write(samples, now));
    samples.addAll(times.samples());
    return samples;
  }

  /** What would have to be known to go on in another process. */
  synchronized LeaseState state() {
    expire();
    long now = ticker.nanos();
    List<LeaseState.HeldSession> held = new ArrayList<>();
    sessions.forEach((key, session) -> {
      List<LeaseState.HeldTask> tasks = new ArrayList<>();
      session.tasks.values().forEach(lease -> tasks.add(held(lease, now)));
      held.add(
          new LeaseState.HeldSession(key.pod(), key.id(), session.expiresAtNanos - now, tasks));
    });
    List<LeaseState.EndedTask> ended = new ArrayList<>();
    tombstones.forEach(
        (task, until) -> ended.add(new LeaseState.EndedTask(task.pod(), task.id(), until - now)));
    return new LeaseState(held, ended, draining.state(now));
  }

  private static LeaseState.HeldTask held(Lease lease, long now) {
    OptionalLong started = lease.startedAtNanos();
    return new LeaseState.HeldTask(
        lease.task().id(),
        lease.task().taskClass(),
        lease.task().queue(),
        started.isPresent() ? OptionalLong.of(now - started.getAsLong()) : started,
        lease.expiresAtNanos() - now);
  }

  /**
   * Goes on with what another process knew. What is due by now ends at once, as expired; nothing
   * lives longer than it would have, nor longer than one time to live.
   *
   * @param atNanos when it was so, by this registry's clock
   */
  synchronized void restore(LeaseState state, long atNanos) {
    long latest = ticker.nanos() + timeToLiveNanos;
    for (LeaseState.HeldSession held : state.sessions()) {
      Session session =
          sessions.computeIfAbsent(new SessionKey(held.pod(), held.id()), _ -> new Session());
      session.readBack = true;
      session.expiresAtNanos = earlier(latest, atNanos + held.leftNanos());
      for (LeaseState.HeldTask task : held.tasks()) {
        OptionalLong ran = task.ranNanos();
        Lease before =
            session.tasks.put(
                task.id(),
                new Lease(
                    new RunningTask(task.id(), task.taskClass(), task.queue()),
                    ran.isPresent() ? OptionalLong.of(atNanos - ran.getAsLong()) : ran,
                    earlier(session.expiresAtNanos, atNanos + task.leftNanos()),
                    true));
        taskCount += before == null ? 1 : 0;
      }
    }
    for (LeaseState.EndedTask task : state.ended()) {
      tombstones.put(
          new TaskKey(task.pod(), task.id()),
          earlier(latest + timeToLiveNanos, atNanos + task.leftNanos()));
    }
    for (LeaseState.DrainingPod pod : state.draining()) {
      draining.mark(pod.pod(), earlier(latest + timeToLiveNanos, atNanos + pod.leftNanos()));
    }
    expire();
  }

  private static long earlier(long one, long other) {
    return one - other < 0 ? one : other;
  }

  /** Finished tasks since the start, by outcome; all outcomes. */
  synchronized Map<TaskOutcome, Long> finished() {
    return new EnumMap<>(finished);
  }

  /** Times of tasks that were not counted because there were too many different series. */
  synchronized long droppedTimes() {
    return times.dropped();
  }

  /** What tasks came to since the start, for Prometheus. */
  synchronized List<MetricFamilySamples> results() {
    expire();
    return results.collect();
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
    session.readBack = false;
    return session;
  }

  private void hold(Session session, RunningTask task, OptionalLong startedAtNanos) {
    Lease before = session.tasks.get(task.id());
    OptionalLong started = before == null ? startedAtNanos : before.startedAtNanos();
    session.tasks.put(task.id(), new Lease(task, started, ticker.nanos() + timeToLiveNanos, false));
    taskCount += before == null ? 1 : 0;
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
    boolean changed = times.forget();
    for (var all = sessions.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<SessionKey, Session> each = all.next();
      Session session = each.getValue();
      for (Iterator<Lease> leases = session.tasks.values().iterator(); leases.hasNext(); ) {
        Lease lease = leases.next();
        if (now - lease.expiresAtNanos() >= 0) {
          leases.remove();
          taskCount--;
          changed = true;
          finish(each.getKey().pod(), lease.task(), TaskOutcome.EXPIRED);
        }
      }
      // Whatever renews a task renews its session: a session that is due has no tasks left.
      if (now - session.expiresAtNanos >= 0) {
        changed = true;
        all.remove();
        draining.ended(each.getKey().pod(), each.getKey().id());
      }
    }
    tombstones.values().removeIf(until -> now - until >= 0);
    draining.forget(now);
    return changed;
  }
}
