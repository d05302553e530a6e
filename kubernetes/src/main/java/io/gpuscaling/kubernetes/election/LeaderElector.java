package io.gpuscaling.kubernetes.election;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.election.Election.Step;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries to hold a Lease, on a thread of its own, so that of all replicas that do so one acts. The
 * listener is told at the deadline, also while a request hangs. {@link #isHeld} may be asked at any
 * instant and is right even before the listener was told: ask it right before acting. Safe for use
 * by any thread.
 */
public final class LeaderElector implements AutoCloseable {

  /** How long {@link #close} waits for the Lease to be given back. */
  public static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(LeaderElector.class);

  private final LeaseStore store;
  private final Election election;
  private final ElectionListener listener;
  private final Ticker ticker;
  private final InstantSource clock;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable Long heldUntilNanos;
  private volatile @Nullable Long heartbeatAtNanos;

  // Only the elector's thread uses what follows.
  private boolean isElected;

  /**
   * An elector that does nothing until {@link #start}.
   *
   * @param name of the Lease, for the thread's name
   * @param identity this process in the Lease, as no other and no former one is called
   */
  public LeaderElector(
      String name,
      String identity,
      LeaseStore store,
      ElectionTimes times,
      ElectionListener listener,
      Ticker ticker,
      InstantSource clock) {
    this.store = store;
    this.election = new Election(times, identity);
    this.listener = listener;
    this.ticker = ticker;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("election-" + name).unstarted(this::run);
  }

  /**
   * Begins to try.
   *
   * @throws IllegalThreadStateException when called twice
   */
  public void start() {
    thread.start();
  }

  /** Whether this replica may act at this instant. */
  public boolean isHeld() {
    Long until = heldUntilNanos;
    return until != null && ticker.nanos() - until < 0;
  }

  /**
   * How long ago a holder, whoever it is, gave its last sign of life that this replica has seen;
   * empty before the Lease was seen for the first time.
   */
  public Optional<Duration> heartbeatAge() {
    Long at = heartbeatAtNanos;
    return at == null ? Optional.empty() : Optional.of(Duration.ofNanos(ticker.nanos() - at));
  }

  /** Acts no more, tells the listener so, and gives the Lease back for another to take at once. */
  @Override
  public void close() {
    closed.countDown();
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    try {
      if (!thread.join(CLOSE_TIMEOUT)) {
        LOG.warn("{} has not ended within {}", thread.getName(), CLOSE_TIMEOUT);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    heldUntilNanos = null;
  }

  private void run() {
    try {
      long waitNanos = 0;
      while (!await(waitNanos)) {
        Step step = election.next(ticker.nanos(), clock.instant());
        LeaseAnswer answer = step(step);
        waitNanos = election.waitNanos(step, answer, ticker.nanos());
      }
      release();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private LeaseAnswer step(Step step) throws InterruptedException {
    long askedAtNanos = ticker.nanos();
    LeaseAnswer answer = ask(step);
    election.take(step, answer, askedAtNanos, ticker.nanos());
    heartbeatAtNanos = election.heartbeatAtNanos();
    switch (answer) {
      case LeaseAnswer.Found _, LeaseAnswer.Absent _ -> listener.asked("ok", "");
      case LeaseAnswer.Conflict _ -> listener.asked("conflict", "");
      case LeaseAnswer.Failed(String reason) -> listener.asked("failed", reason);
    }
    tell();
    return answer;
  }

  /** Asks on another thread, so that a request that hangs does not hide the deadline. */
  private LeaseAnswer ask(Step step) throws InterruptedException {
    var answer = new CompletableFuture<LeaseAnswer>();
    Thread.ofVirtual()
        .name(thread.getName() + "-request")
        .start(() -> {
          try {
            answer.complete(
                switch (step) {
                  case Step.Read() -> store.read();
                  case Step.Create(LeaseRecord record) -> store.create(record);
                  case Step.Replace(String version, LeaseRecord record) ->
                      store.replace(version, record);
                });
          } catch (RuntimeException bug) {
            answer.completeExceptionally(bug); // else the elector would wait for ever
          }
        });
    Long until = election.heldUntilNanos();
    try {
      if (until != null) {
        try {
          return answer.get(Math.max(0, until - ticker.nanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
          tell();
        }
      }
      return answer.get();
    } catch (ExecutionException e) {
      LOG.error("{}: a request ended by a bug", thread.getName(), e.getCause());
      return new LeaseAnswer.Failed("a bug");
    }
  }

  /** Waits, wakes at the deadline, and answers whether it is time to end. */
  private boolean await(long nanos) throws InterruptedException {
    long end = ticker.nanos() + nanos;
    Long until = election.heldUntilNanos();
    if (until != null && until - end < 0) {
      if (closed.await(Math.max(0, until - ticker.nanos()), TimeUnit.NANOSECONDS)) {
        return true;
      }
      tell();
    }
    return closed.await(Math.max(0, end - ticker.nanos()), TimeUnit.NANOSECONDS);
  }

  private void tell() {
    var _ = election.expire(ticker.nanos());
    heldUntilNanos = election.heldUntilNanos();
    boolean isHeld = heldUntilNanos != null;
    if (isHeld && !isElected) {
      isElected = true;
      listener.elected();
    } else if (!isHeld && isElected) {
      isElected = false;
      listener.dismissed(election.lost());
    }
  }

  private void release() throws InterruptedException {
    Step release = election.release(ticker.nanos(), clock.instant());
    heldUntilNanos = null;
    if (isElected) {
      isElected = false;
      // First: from here on nothing is done in its name, so that another may begin.
      listener.dismissed("this replica stops");
    }
    if (release != null && ask(release) instanceof LeaseAnswer.Failed(String reason)) {
      listener.asked("failed", reason);
    }
  }
}
