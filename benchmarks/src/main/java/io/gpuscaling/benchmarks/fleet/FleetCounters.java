package io.gpuscaling.benchmarks.fleet;

import io.gpuscaling.benchmarks.load.Latencies;
import io.grpc.Status;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a fleet has done. Safe for use by any thread. */
final class FleetCounters {

  private final LongAdder opened = new LongAdder();
  private final LongAdder changes = new LongAdder();
  private final LongAdder heartbeats = new LongAdder();
  private final LongAdder snapshotRequests = new LongAdder();
  private final Map<String, LongAdder> ends = new ConcurrentHashMap<>();
  private volatile Latencies acknowledgements = new Latencies();

  void opened() {
    opened.increment();
  }

  void sentChange() {
    changes.increment();
  }

  void sentHeartbeat() {
    heartbeats.increment();
  }

  void askedForSnapshot() {
    snapshotRequests.increment();
  }

  void acknowledged(long nanos) {
    acknowledgements.add(nanos);
  }

  void ended(Status status) {
    String why =
        status.getDescription() == null
            ? status.getCode().name()
            : status.getCode() + " " + status.getDescription().lines().findFirst().orElse("");
    ends.computeIfAbsent(why, _ -> new LongAdder()).increment();
  }

  /** Begins a new measurement of the time from sending to acknowledgement. */
  Latencies restartAcknowledgements() {
    Latencies former = acknowledgements;
    acknowledgements = new Latencies();
    return former;
  }

  /** Snapshots and deltas sent. */
  long changes() {
    return changes.sum();
  }

  long heartbeats() {
    return heartbeats.sum();
  }

  /** Streams opened, first and again. */
  long openedStreams() {
    return opened.sum();
  }

  long snapshotRequests() {
    return snapshotRequests.sum();
  }

  /** How often streams ended, by why. */
  Map<String, Long> ends() {
    Map<String, Long> sums = new TreeMap<>();
    ends.forEach((why, count) -> sums.put(why, count.sum()));
    return sums;
  }
}
