package io.gpuscaling.exporter.rabbitmq.age;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A queue that knows every message: slow, obvious, the oracle. Messages have the number of their
 * arrival; the ready one of the lowest number is the head.
 */
final class ExactQueue {

  private final TreeMap<Integer, Long> ready = new TreeMap<>();
  private final TreeMap<Integer, Long> outstanding = new TreeMap<>();
  private final List<Long> all = new ArrayList<>();
  private int arrived;
  private long counted;
  private long redelivered;
  private long delivered;
  private int firstDeliveries;

  void publish(long nowNanos) {
    counted++;
    deadLetter(nowNanos);
  }

  /** Arrives without being counted. */
  void deadLetter(long nowNanos) {
    all.add(nowNanos);
    ready.put(arrived++, nowNanos);
  }

  void deliver() {
    if (!ready.isEmpty()) {
      var head = ready.pollFirstEntry();
      delivered += head.getKey() >= firstDeliveries ? 1 : 0;
      firstDeliveries = Math.max(firstDeliveries, head.getKey() + 1);
      outstanding.put(head.getKey(), head.getValue());
    }
  }

  /** A consumer takes a message that is not the oldest, as with priorities. */
  void takeNewest() {
    ready.pollLastEntry();
  }

  void acknowledgeOldest() {
    outstanding.pollFirstEntry();
  }

  void giveBackAll() {
    ready.putAll(outstanding);
    redelivered += outstanding.size();
    outstanding.clear();
  }

  /** Expiry, a length limit and purge take the oldest. */
  void dropOldest(int count) {
    for (int i = 0; i < count; i++) {
      ready.pollFirstEntry();
    }
  }

  long readyCount() {
    return ready.size();
  }

  long counted() {
    return counted;
  }

  long outstandingCount() {
    return outstanding.size();
  }

  long redelivered() {
    return redelivered;
  }

  /** For the first time each. */
  long delivered() {
    return delivered;
  }

  int arrivedCount() {
    return arrived;
  }

  /** Of the oldest ready message; 0 without one. */
  long ageNanos(long nowNanos) {
    return ageNanos(nowNanos, 0);
  }

  /** Of the message that arrived so many before the oldest ready one. */
  long ageNanos(long nowNanos, int earlier) {
    return ready.isEmpty() ? 0 : nowNanos - all.get(Math.max(0, ready.firstKey() - earlier));
  }
}
