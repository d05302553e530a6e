package io.gpuscaling.lease.client;

import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.DrainRequest;
import io.gpuscaling.proto.v1.DrainResponse;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.RenewResponse;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.Task;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the exporter of this node which GPU tasks this worker runs. Calls only note what happens: a
 * thread of its own tells the exporter, renews what runs, and tries again for as long as the
 * exporter is away. Nothing here throws because of the exporter, or waits for it. Safe for use by
 * any thread.
 *
 * <pre>{@code
 * try (GpuTasks tasks = GpuTasks.start(LeaseClientSettings.of(System.getenv()))) {
 *   while (!tasks.isDraining()) {
 *     Job job = queue.take();
 *     tasks.call("sample", "jobs", () -> run(job));
 *   }
 * }
 * }</pre>
 */
public final class GpuTasks implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(GpuTasks.class);

  private static final Duration FIRST_RENEWAL = Duration.ofSeconds(10);
  private static final Duration MIN_PAUSE = Duration.ofMillis(200);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(5);
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

  /** Starts and ends that wait to be told; the oldest are given up first. */
  private static final int MAX_UNTOLD = 4_096;

  /** The exporter takes no more of one session. */
  private static final int MAX_TASKS = 1_024;

  private static final String CLASS = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
  private static final int MAX_QUEUE = 255;

  private final String session = UUID.randomUUID().toString();
  private final LongSupplier nanos;
  private final LeaseStub exporter;
  private final Thread teller;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock.
  private final Map<String, Task> running = new LinkedHashMap<>();
  private final Deque<Event> untold = new ArrayDeque<>();
  private boolean closing;

  private volatile boolean draining;

  // Of the teller alone.
  private Duration renewEvery = FIRST_RENEWAL;
  private long renewAtNanos;
  private boolean mustRenew;
  private String problem = "";

  /** What the exporter is to be told. */
  private sealed interface Event {
    record Started(Task task) implements Event {}

    record Ended(String taskId, Outcome outcome, long ranMillis) implements Event {}

    record Renewal() implements Event {}

    record Goodbye() implements Event {}
  }

  private GpuTasks(LeaseClientSettings settings, LongSupplier nanos) {
    this.nanos = nanos;
    this.renewAtNanos = nanos.getAsLong();
    this.exporter = new LeaseStub(settings);
    this.teller = Thread.ofPlatform().name("gpu-tasks").daemon().unstarted(this::tell);
  }

  /** Opens a session, in the background. */
  public static GpuTasks start(LeaseClientSettings settings) {
    GpuTasks tasks = new GpuTasks(settings, System::nanoTime);
    tasks.teller.start();
    return tasks;
  }

  /** Whether this pod is being taken away: take no new work. */
  public boolean isDraining() {
    return draining;
  }

  /**
   * Begins a task.
   *
   * @param taskClass what kind of work: a Kubernetes label value, of few different ones; or empty
   * @param queue where it came from, or empty
   */
  public GpuTask begin(String taskClass, String queue) {
    Task.Builder task = Task.newBuilder().setId(UUID.randomUUID().toString());
    if (taskClass.matches(CLASS)) {
      task.setTaskClass(taskClass);
    }
    task.setQueue(queue.length() <= MAX_QUEUE ? queue : queue.substring(0, MAX_QUEUE));
    long startedAtNanos = nanos.getAsLong();
    Task told = task.build();
    note(new Event.Started(told));
    return new GpuTask(outcome -> {
      long ran = Math.max(0, nanos.getAsLong() - startedAtNanos);
      note(new Event.Ended(told.getId(), outcome, TimeUnit.NANOSECONDS.toMillis(ran)));
    });
  }

  /**
   * Runs some work as a task. What it returns or throws is handed on: thrown is {@code failed}, an
   * interrupt or cancellation {@code cancelled}.
   */
  public <T> T call(String taskClass, String queue, Callable<T> work) throws Exception {
    Outcome outcome = Outcome.OUTCOME_FAILED;
    GpuTask task = begin(taskClass, queue);
    try {
      T result = work.call();
      outcome = Outcome.OUTCOME_OK;
      return result;
    } catch (InterruptedException | CancellationException e) {
      outcome = Outcome.OUTCOME_CANCELLED;
      throw e;
    } finally {
      task.end(outcome);
    }
  }

  private void note(Event event) {
    lock.lock();
    try {
      switch (event) {
        case Event.Started(Task task) -> {
          if (running.size() < MAX_TASKS) {
            running.put(task.getId(), task);
          }
        }
        case Event.Ended(String id, _, _) -> running.remove(id);
        case Event.Renewal(), Event.Goodbye() -> {}
      }
      if (untold.size() >= MAX_UNTOLD) {
        untold.removeFirst();
      }
      untold.addLast(event);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void tell() {
    Duration pause = MIN_PAUSE;
    try {
      while (true) {
        Event event = next();
        try {
          if (told(event)) {
            return;
          }
          pause = MIN_PAUSE;
          if (mustRenew) {
            renewAtNanos = nanos.getAsLong();
          } else if (event instanceof Event.Renewal) {
            renewAtNanos = nanos.getAsLong() + renewEvery.toNanos();
          }
        } catch (IOException | RuntimeException e) {
          say(text(e));
          if (isClosing(pause)) {
            return;
          }
          pause =
              pause.multipliedBy(2).compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
          renewAtNanos = nanos.getAsLong(); // first of all, when it is back: everything that runs
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exporter.close();
    }
  }

  private Event next() throws InterruptedException {
    lock.lock();
    try {
      while (untold.isEmpty() && !closing) {
        long left = renewAtNanos - nanos.getAsLong();
        if (left <= 0) {
          break;
        }
        var _ = changed.awaitNanos(left);
      }
      if (!closing && renewAtNanos - nanos.getAsLong() <= 0) {
        return new Event.Renewal();
      }
      Event first = untold.peekFirst();
      return first == null ? new Event.Goodbye() : first;
    } finally {
      lock.unlock();
    }
  }

  /** Waits, but not when this worker goes; whether it does. */
  private boolean isClosing(Duration pause) throws InterruptedException {
    lock.lock();
    try {
      long left = pause.toNanos();
      while (!closing && left > 0) {
        left = changed.awaitNanos(left);
      }
      return closing;
    } finally {
      lock.unlock();
    }
  }

  /** Makes a call; whether it was the last. */
  private boolean told(Event event) throws IOException {
    mustRenew = false;
    try {
      call(event);
      say("");
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION) {
        // Runs all the same, and a renewal counts it.
        draining = true;
        mustRenew = true;
      } else if (isHopeless(event, e.getStatus().getCode())) {
        say(text(e));
      } else {
        throw e;
      }
    }
    lock.lock();
    try {
      if (event.equals(untold.peekFirst())) {
        untold.removeFirst();
      }
    } finally {
      lock.unlock();
    }
    return event instanceof Event.Goodbye;
  }

  private void call(Event event) throws IOException {
    var stub = exporter.forOneCall();
    switch (event) {
      case Event.Started(Task task) ->
          drains(
              stub.start(StartRequest.newBuilder().setSessionId(session).setTask(task).build())
                  .getDraining());
      case Event.Ended(String id, Outcome outcome, long ranMillis) ->
          drains(
              stub.end(
                      EndRequest.newBuilder()
                          .setSessionId(session)
                          .setTaskId(id)
                          .setOutcome(outcome)
                          .setRanMillis(ranMillis)
                          .build())
                  .getDraining());
      case Event.Renewal() -> {
        RenewResponse answer = stub.renew(renewal());
        renewEvery = Duration.ofMillis(answer.getTimeToLiveMillis()).dividedBy(3);
        drains(answer.getDraining());
      }
      case Event.Goodbye() -> {
        var _ = stub.close(CloseRequest.newBuilder().setSessionId(session).build());
      }
    }
  }

  private RenewRequest renewal() {
    lock.lock();
    try {
      return RenewRequest.newBuilder().setSessionId(session).addAllTasks(running.values()).build();
    } finally {
      lock.unlock();
    }
  }

  /** A renewal after the answer says that from here on nothing is begun without knowing. */
  private void drains(boolean now) {
    mustRenew = now && !draining;
    draining = now;
  }

  /** Whether it is of no use to say it again; what runs is told by renewals all the same. */
  private static boolean isHopeless(Event event, Status.Code code) {
    return code == Status.Code.INVALID_ARGUMENT
        || (code == Status.Code.RESOURCE_EXHAUSTED && event instanceof Event.Started);
  }

  private static String text(Exception e) {
    return e instanceof StatusRuntimeException refused
        ? refused.getStatus().getCode() + ": " + refused.getStatus().getDescription()
        : e.toString();
  }

  private void say(String now) {
    if (!now.equals(problem)) {
      problem = now;
      if (now.isEmpty()) {
        log.atInfo().log("the exporter is told of GPU tasks again");
      } else {
        log.atWarn()
            .addKeyValue("problem", now)
            .log("the exporter cannot be told of GPU tasks now");
      }
    }
  }

  /**
   * For a preStop hook: marks this pod as being taken away until nothing runs in it.
   *
   * @return whether nothing runs any more; false when the time is over or the thread is interrupted
   */
  public static boolean drain(LeaseClientSettings settings, Duration timeout) {
    LongSupplier nanos = System::nanoTime;
    long end = nanos.getAsLong() + timeout.toNanos();
    try (LeaseStub stub = new LeaseStub(settings)) {
      while (true) {
        try {
          DrainResponse state = stub.forOneCall().drain(DrainRequest.getDefaultInstance());
          if (state.getComplete() && state.getRunningTasks() == 0) {
            return true;
          }
        } catch (IOException | StatusRuntimeException e) {
          log.atWarn().addKeyValue("problem", e.toString()).log("the exporter cannot be asked");
        }
        long left = Math.min(end - nanos.getAsLong(), TimeUnit.SECONDS.toNanos(1));
        if (left <= 0 || !waited(left)) {
          return false;
        }
      }
    }
  }

  private static boolean waited(long nanos) {
    LockSupport.parkNanos(nanos);
    return !Thread.currentThread().isInterrupted();
  }

  /** Tells what was not told yet, and that this worker goes; waits for a second at most. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    try {
      if (!teller.join(CLOSE_WAIT)) {
        teller.interrupt();
      }
    } catch (InterruptedException e) {
      teller.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
