package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.ClusterView;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.adapter.policy.UsageReader.Usages;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef.Resource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the resource metrics of those namespaces that somebody asks about: read again and again
 * while they are asked for. Create, start, close; each once. Asking is safe for any thread and
 * never blocks.
 */
public final class PodUtilizations implements AutoCloseable {

  /** metrics-server measures every 15 s by default; more often brings nothing new. */
  private static final Duration READ_INTERVAL = Duration.ofSeconds(5);

  /** Some failed readings may pass. */
  static final Duration MAX_AGE = Duration.ofSeconds(60);

  /** Longer than the longest interval of a policy: then nobody asks any more. */
  static final Duration FORGET_AFTER = Duration.ofMinutes(11);

  private final UsageReader reader;
  private final ClusterView cluster;
  private final Ticker ticker;
  private final PeriodicTask readings;
  private final Map<String, Long> askedAtNanos = new ConcurrentHashMap<>();
  private final Map<String, Reading> read = new ConcurrentHashMap<>();

  private record Reading(Usages usages, long atNanos) {}

  /** Reads nothing yet, and then each 5 s. */
  public PodUtilizations(UsageReader reader, ClusterView cluster, Ticker ticker) {
    this(reader, cluster, ticker, READ_INTERVAL);
  }

  /** Reads nothing yet. */
  public PodUtilizations(
      UsageReader reader, ClusterView cluster, Ticker ticker, Duration readInterval) {
    this.reader = reader;
    this.cluster = cluster;
    this.ticker = ticker;
    this.readings = new PeriodicTask("pod-usage", readInterval, this::readOnce);
  }

  /** Begins to read. */
  public void start() {
    readings.start();
  }

  /** What is known of a target's pods. */
  Observation of(Workload target, Resource resource) {
    askedAtNanos.put(target.namespace(), ticker.nanos());
    Reading reading = read.get(target.namespace());
    if (reading == null) {
      return new Observation.Missing("the resource metrics of pods have not been read yet");
    }
    return switch (reading.usages()) {
      case Usages.Unknown(String sentence) -> new Observation.Missing(sentence);
      case Usages.Known known -> {
        long age = ticker.nanos() - reading.atNanos();
        yield age > MAX_AGE.toNanos()
            ? new Observation.Missing(
                "the resource metrics of pods were last read "
                    + Duration.ofNanos(age).toSeconds()
                    + " s ago")
            : PodUtilization.of(cluster.snapshot().readyPods(target), known.pods(), resource);
      }
    };
  }

  /** What pods of a target's namespace use, by name; empty while that is not known freshly. */
  Map<String, Usage> usages(Workload target) {
    askedAtNanos.put(target.namespace(), ticker.nanos());
    Reading reading = read.get(target.namespace());
    return reading != null
            && reading.usages() instanceof Usages.Known(Map<String, Usage> pods)
            && ticker.nanos() - reading.atNanos() <= MAX_AGE.toNanos()
        ? pods
        : Map.of();
  }

  /** One reading of each namespace. */
  void readOnce() {
    askedAtNanos.values().removeIf(at -> ticker.nanos() - at > FORGET_AFTER.toNanos());
    read.keySet().retainAll(askedAtNanos.keySet());
    for (String namespace : askedAtNanos.keySet()) {
      Usages usages = reader.read(namespace);
      if (usages instanceof Usages.Known || isOld(namespace)) {
        read.put(namespace, new Reading(usages, ticker.nanos()));
      }
    }
  }

  private boolean isOld(String namespace) {
    Reading last = read.get(namespace);
    return last == null || ticker.nanos() - last.atNanos() > MAX_AGE.toNanos();
  }

  @Override
  public void close() {
    readings.close();
  }
}
