package io.gpuscaling.core.http;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;

/**
 * Runs a bounded number of handlers on virtual threads. A handler that ignores its interrupt keeps
 * its place, so that the bound holds whatever it does. Safe for use by any thread.
 */
final class Offloading {

  private final Semaphore places;
  private final ThreadFactory threads = Thread.ofVirtual().name("http-handler-", 0).factory();
  private final Set<Thread> running = ConcurrentHashMap.newKeySet();

  Offloading(int maxInFlight) {
    places = new Semaphore(maxInFlight);
  }

  /** Starts a task; empty when there is no place for it. Running the answer interrupts it. */
  Optional<Runnable> start(Runnable task) {
    if (!places.tryAcquire()) {
      return Optional.empty();
    }
    Thread thread =
        threads.newThread(() -> {
          try {
            task.run();
          } finally {
            running.remove(Thread.currentThread());
            places.release();
          }
        });
    running.add(thread);
    thread.start();
    return Optional.of(thread::interrupt);
  }

  /** Interrupts what runs. */
  void close() {
    running.forEach(Thread::interrupt);
  }
}
