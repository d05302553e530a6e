package io.gpuscaling.exporter.rabbitmq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who of several workers asks for which queue, and what they were told, until the time is up: what
 * comes then is nobody's answer. Safe for use by any thread.
 */
final class QueueSweep {

  private final List<String> queues = new ArrayList<>();
  private final Set<String> suspects;
  private final int trusted;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progress = lock.newCondition();

  // Guarded by lock.
  private final Map<String, QueueAnswer> answers = new HashMap<>();
  private int asked;
  private int trustedAnswers;
  private int workers;
  private boolean over;

  /**
   * A sweep that has begun.
   *
   * @param suspects to be asked for last
   * @param workers how many will call {@link #leave}
   */
  QueueSweep(List<String> queues, Set<String> suspects, int workers) {
    this.suspects = Set.copyOf(suspects);
    queues.stream().filter(it -> !this.suspects.contains(it)).forEach(this.queues::add);
    this.trusted = this.queues.size();
    queues.stream().filter(this.suspects::contains).forEach(this.queues::add);
    this.workers = workers;
  }

  /** Whether there is something left to ask for. */
  boolean isGoingOn() {
    lock.lock();
    try {
      return !over && asked < queues.size();
    } finally {
      lock.unlock();
    }
  }

  /** The next queue to ask for; null when there is none or the time is up. */
  @Nullable String next() {
    lock.lock();
    try {
      return over || asked == queues.size() ? null : queues.get(asked++);
    } finally {
      lock.unlock();
    }
  }

  /** What was said of a queue; nothing when it comes too late. */
  void answer(String queue, QueueAnswer answer) {
    lock.lock();
    try {
      if (!over) {
        answers.put(queue, answer);
        if (!suspects.contains(queue) && ++trustedAnswers == trusted) {
          progress.signal();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** A worker has ended. */
  void leave() {
    lock.lock();
    try {
      workers--;
      progress.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the end, and ends it.
   *
   * @param timeout for all
   * @param suspectTimeout for suspects, from when all others have answered
   * @return null when nobody was left to ask while queues were; else what was said of each queue
   *     that was asked for
   */
  @Nullable Map<String, QueueAnswer> await(Duration timeout, Duration suspectTimeout) {
    lock.lock();
    try {
      long left = timeout.toNanos();
      boolean isPatient = true;
      while (workers > 0 && left > 0) {
        if (isPatient && trustedAnswers == trusted) {
          isPatient = false;
          left = Math.min(left, suspectTimeout.toNanos());
        }
        left = progress.awaitNanos(left);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      over = true;
      lock.unlock();
    }
    return result();
  }

  private @Nullable Map<String, QueueAnswer> result() {
    lock.lock();
    try {
      if (workers == 0 && asked < queues.size()) {
        return null;
      }
      for (String queue : queues.subList(0, asked)) {
        answers.putIfAbsent(queue, new QueueAnswer.None(QueueProblem.TIMEOUT));
      }
      return answers;
    } finally {
      lock.unlock();
    }
  }
}
