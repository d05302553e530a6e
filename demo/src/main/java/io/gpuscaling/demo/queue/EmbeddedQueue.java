package io.gpuscaling.demo.queue;

import io.gpuscaling.demo.amqp.QueueDepth;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A queue in memory that hands out messages as RabbitMQ does: round robin, each consumer up to its
 * prefetch. Safe for use by any thread.
 */
final class EmbeddedQueue {

  // All guarded by this.
  private final Deque<String> ready = new ArrayDeque<>();
  private final Deque<Consumer> consumers = new ArrayDeque<>();
  private long published;

  synchronized void publish(int count) {
    for (int i = 0; i < count; i++) {
      ready.addLast("message-" + ++published);
    }
    dispatch();
  }

  synchronized QueueDepth depth() {
    return new QueueDepth(ready.size(), consumers.size());
  }

  synchronized Subscription subscribe() {
    var consumer = new Consumer();
    consumers.addLast(consumer);
    dispatch();
    return consumer;
  }

  /** Callers hold the lock. */
  private void dispatch() {
    int full = 0;
    while (!ready.isEmpty() && full < consumers.size()) {
      Consumer next = consumers.removeFirst();
      consumers.addLast(next);
      if (next.unacknowledged.size() < TaskQueue.PREFETCH) {
        full = 0;
        String id = ready.removeFirst();
        next.unacknowledged.add(id);
        next.deliveries.add(next.new Held(id));
      } else {
        full++;
      }
    }
  }

  private final class Consumer implements Subscription {

    private final LinkedBlockingQueue<Held> deliveries = new LinkedBlockingQueue<>();
    // Guarded by the queue; in the order of delivery.
    private final SequencedSet<String> unacknowledged = new LinkedHashSet<>();

    @Override
    public Optional<Delivery> next(Duration timeout) throws InterruptedException {
      return Optional.ofNullable(deliveries.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
    }

    @Override
    public void close() {
      synchronized (EmbeddedQueue.this) {
        consumers.remove(this);
        deliveries.clear();
        new ArrayList<>(unacknowledged.reversed()).forEach(ready::addFirst);
        unacknowledged.clear();
        dispatch();
      }
    }

    private final class Held implements Delivery {

      private final String id;

      Held(String id) {
        this.id = id;
      }

      @Override
      public String id() {
        return id;
      }

      @Override
      public void acknowledge() {
        synchronized (EmbeddedQueue.this) {
          if (unacknowledged.remove(id)) {
            dispatch();
          }
        }
      }
    }
  }
}
